// Reads a topic as a member of a group, and prints each record before its position is committed.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { isGone, processName } from '../../../../src/session/process-name.js';
import { openEmbeddedLog } from '../../../../src/transport/embedded/embedded-log.js';

const [path = '', topic = '', lease = '', named] = process.argv.slice(2);
const transport = openEmbeddedLog({
  path,
  clock: Date.now,
  random: randomBytes,
  lease: Number(lease),
  ...(named === undefined ? {} : { process: { name: processName(randomBytes), isGone } }),
});

const subscription = await transport.subscribe({
  topic,
  group: 'group',
  start: { from: 'committed', known: () => Promise.resolve(undefined) },
  commitMetadata: '',
  giveUpAfter: 10_000,
  onRecords: (records) => {
    for (const { value } of records) writeSync(1, `${Buffer.from(value).toString()}\n`);
    return Promise.resolve();
  },
  onNotice: () => undefined,
  onCaughtUp: () => writeSync(1, 'caught up\n'),
});
await subscription.finished;
