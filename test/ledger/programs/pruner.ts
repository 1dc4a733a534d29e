// Forgets messages a few at a time until nothing is left or it is killed, and prints each step.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openLedger } from '../../../src/ledger/open.js';

const [path = ''] = process.argv.slice(2);
const ledger = openLedger({ path, clock: Date.now, random: randomBytes });

for (;;) {
  const { receivedIds } = await ledger.pruning.step({ before: Date.now(), ids: { held: [] } }, 7);
  if (receivedIds === 0) break;
  writeSync(1, `${receivedIds}\n`);
}
