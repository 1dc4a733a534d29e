/**
 * `opener DIRECTORY COUNT PROCESSES`: opens so many ledgers, one after the other, each the moment that this
 * process and the others which were given the directory have all come so far, and prints their ids.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../../src/ledger/open.js';

const [directory = '', count = '', processes = ''] = process.argv.slice(2);

for (let number = 0; number < Number(count); number += 1) {
  const gate = join(directory, `gate-${number}`);
  mkdirSync(join(gate, String(process.pid)), { recursive: true });
  while (readdirSync(gate).length < Number(processes));
  const path = join(directory, `ledger-${number}.db`);
  const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
  process.stdout.write(`${ledger.id}\n`);
  await ledger.close();
}
