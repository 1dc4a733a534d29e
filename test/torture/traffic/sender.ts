/**
 * A sender of its own: `traffic PROFILE RECIPIENT RATE JOURNAL DELIVERED`. Sends so many messages a
 * second until SIGTERM, each noted in the journal before it is sent and when the log has it. What
 * fails is tried again under the same id. DELIVERED is the file of the recipient's lines: a machine
 * that cannot deliver so many gets fewer, so that the run ends.
 */
import { randomBytes } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { newMessageId } from '../../../src/domain/message-id.js';
import { MsgError, openPeer } from '../../../src/index.js';
import { JsonLineReader, type JournalLine } from './journal.js';

const [profile = '', recipient = '', rate = '', path = '', lines = ''] = process.argv.slice(2);
const journal = openSync(path, 'a');
/** No more messages than these are on their way at once. */
const LARGEST_CROWD = 100;
const TICK = 20;
/** How far the recipient may be behind, in seconds of traffic. */
const LONGEST_QUEUE = 20;
const AGAIN = 500;

const peer = openPeer({
  profile,
  onWarning: (sentence) => process.stderr.write(`${sentence}\n`),
});
const underWay = new Set<Promise<void>>();
const ending = new AbortController();
process.once('SIGTERM', () => {
  ending.abort();
});

const delivered = new JsonLineReader(lines);
let [sent, arrived, due] = [0, 0, 0];
let last = performance.now();
while (!ending.signal.aborted) {
  const now = performance.now();
  due = Math.min(due + ((now - last) / 1_000) * Number(rate), LARGEST_CROWD);
  last = now;
  arrived += delivered.count();
  while (
    due >= 1 &&
    underWay.size < LARGEST_CROWD &&
    sent - arrived < Number(rate) * LONGEST_QUEUE
  ) {
    const sending = sendOne(sent++).finally(() => underWay.delete(sending));
    underWay.add(sending);
    due -= 1;
  }
  await pause(TICK);
}
await Promise.all(underWay);
await peer.close();

async function sendOne(count: number): Promise<void> {
  const id = newMessageId(Date.now, randomBytes);
  const payload = JSON.stringify({
    id,
    count,
    from: profile,
    pad: randomBytes(96).toString('hex'),
  });
  note({ event: 'begin', id, payload });
  const content = { payload: Buffer.from(payload), contentType: 'application/json', id };
  for (;;) {
    try {
      const { state } = await peer.send(recipient, {
        ...content,
        name: `${profile}-${count}.json`,
      });
      if (state !== 'queued') break;
      note({ event: 'failed', id, code: state });
    } catch (error) {
      if (!(error instanceof MsgError)) throw error;
      note({ event: 'failed', id, code: `${error.code}: ${error.message}` });
    }
    await pause(AGAIN);
  }
  note({ event: 'sent', id });
}

function note(line: JournalLine): void {
  writeSync(journal, `${JSON.stringify(line)}\n`);
}
