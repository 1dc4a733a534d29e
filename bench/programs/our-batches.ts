/** `msg` from end to end in batches: alice sends many, bob's handler has them. */
import { openPeer } from '../../src/index.js';
import { serve } from './kafka-tasks.js';

const home = process.argv[3] ?? '';
const env = { ...process.env, MSG_HOME: home };
const alice = openPeer({ profile: 'alice', env });
const bob = openPeer({ profile: 'bob', env });
const toBob = alice.batch('bob', { contentType: 'application/octet-stream' });
let sent: Promise<unknown>[] = [];

serve({
  create: () => Promise.resolve(),
  async publish(_topic, values) {
    await toBob.ready();
    for (const payload of values) sent.push(toBob.send({ payload }));
  },
  async settle() {
    await toBob.flush();
    await Promise.all(sent);
    sent = [];
  },
  consume(_topic, onValue) {
    const ending = new AbortController();
    const listening = bob.listen(
      async ({ payload }) => {
        onValue(await payload.bytes());
      },
      { signal: ending.signal },
    );
    void listening.catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
    return Promise.resolve(async () => {
      ending.abort();
      await listening;
    });
  },
});
