// Receives messages one after the other until it is killed, and prints each once it is durable.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openLedger } from '../../../src/ledger/open.js';
import { message, outgoing, source, verified } from '../records.js';

const [path = '', partition = '0'] = process.argv.slice(2);
const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
const place = { partition: Number(partition) };

for (let offset = Number((await ledger.inbox.position(source(0, place))) ?? 0n); ; offset++) {
  const one = { ...message({ content: `${partition}:${offset}` }), source: source(offset, place) };
  await ledger.inbox.receive([verified(one)], source(offset + 1, place));
  const out = outgoing();
  await ledger.outbox.enqueue(out);
  writeSync(1, `${JSON.stringify({ in: one.id, out: out.id })}\n`);
}
