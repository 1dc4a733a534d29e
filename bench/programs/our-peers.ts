/** `msg` from end to end: alice sends, bob's handler has it. Speaks as the other contestants do. */
import { openPeer } from '../../src/index.js';
import { serve } from './kafka-tasks.js';

const home = process.argv[3] ?? '';
const env = { ...process.env, MSG_HOME: home };
const alice = openPeer({ profile: 'alice', env });
const bob = openPeer({ profile: 'bob', env });

serve({
  create: () => Promise.resolve(),
  async publish(_topic, values) {
    for (const payload of values) await alice.send('bob', { payload });
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
