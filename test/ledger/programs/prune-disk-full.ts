// Fills the disk that holds the ledger, has it forget messages, frees the disk, and tries again.
import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MsgError } from '../../../src/errors.js';
import { openLedger } from '../../../src/ledger/open.js';
import { message, verified } from '../records.js';

const MESSAGES = 60;
const [directory = ''] = process.argv.slice(2);
const ballast = join(directory, 'ballast');
const path = join(directory, 'ledger.db');
const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
const request = { before: Date.now() + 60_000, ids: { held: [] } };

for (let offset = 0; offset < MESSAGES; offset++) {
  const header = JSON.stringify({ v: 1, sent: 1000 + offset });
  const one = message({ offset, header, sealed: randomBytes(20_000) });
  await ledger.inbox.receive([verified(one)], undefined);
  const claim = { owner: 'this', leaseUntil: Date.now() + 60_000, except: [] };
  await ledger.lanes.complete('this', (await ledger.lanes.claim(claim))?.number ?? 0);
}

function fillDisk(): void {
  for (let size = 65_536; size >= 1;) {
    try {
      appendFileSync(ballast, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

async function attempt(): Promise<object> {
  const outcome = await ledger.pruning.step(request, MESSAGES).then(
    ({ receivedIds }) => receivedIds,
    (error: unknown) => (error instanceof MsgError ? error.code : String(error)),
  );
  const left = (await ledger.history.list({})).length;
  return { outcome, left, floor: (await ledger.pruning.floors())[0]?.sentUntil };
}

fillDisk();
const full = await attempt();
rmSync(ballast);
process.stdout.write(JSON.stringify({ full, freed: await attempt() }));
