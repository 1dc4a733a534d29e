// Says `ready`, waits for messages, then claims lanes and completes what it claims until nothing is
// left; prints when each delivery began and ended.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openLedger } from '../../../src/ledger/open.js';

const [path = '', owner = ''] = process.argv.slice(2);
const ledger = openLedger({ path, clock: Date.now, random: randomBytes });

function tell(event: 'begin' | 'end', sender: string, number: number): void {
  const at = process.hrtime.bigint().toString();
  writeSync(1, `${JSON.stringify({ event, at, sender, number })}\n`);
}

writeSync(1, 'ready\n');
// The others may have delivered all of them by the time that this one looks.
while ((await ledger.history.list({ limit: 1 })).length === 0)
  await new Promise((resolve) => setTimeout(resolve, 1));
while ((await ledger.inbox.undelivered()) > 0) {
  const leaseUntil = Date.now() + 60_000;
  const claimed = await ledger.lanes.claim({ owner, leaseUntil, except: [] });
  await new Promise((resolve) => setImmediate(resolve));
  if (claimed === undefined) continue;
  tell('begin', claimed.sender, claimed.number);
  await new Promise((resolve) => setImmediate(resolve));
  tell('end', claimed.sender, claimed.number);
  await ledger.lanes.complete(owner, claimed.number);
}
await ledger.close();
