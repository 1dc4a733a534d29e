// Fills the disk that holds the ledger, frees it again, and prints what the ledger did meanwhile.
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MsgError } from '../../../src/errors.js';
import { openLedger } from '../../../src/ledger/open.js';
import { message, source, verified } from '../records.js';

const [directory = ''] = process.argv.slice(2);
const path = join(directory, 'ledger.db');
const ballast = join(directory, 'ballast');
const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
const large = { sealed: randomBytes(20_000) };
let acknowledged = 0;

async function receiveUntilFull(): Promise<string> {
  for (;;) {
    const one = verified(message({ ...large, offset: acknowledged }));
    try {
      await ledger.inbox.receive([one], source(acknowledged + 1));
      acknowledged += 1;
    } catch (error) {
      return error instanceof MsgError ? error.code : String(error);
    }
  }
}

writeFileSync(ballast, Buffer.alloc(1_000_000));
const failures = [await receiveUntilFull()];
const beforeFreeing = acknowledged;
rmSync(ballast);
failures.push(await receiveUntilFull());

const again = openLedger({ path, clock: Date.now, random: randomBytes });
const { received } = await again.history.counts();
const position = Number((await again.inbox.position(source(0))) ?? -1n);
process.stdout.write(JSON.stringify({ failures, beforeFreeing, acknowledged, received, position }));
