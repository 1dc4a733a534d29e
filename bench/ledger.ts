/**
 * What the ledger's check and record cost as it grows: the same batches into a ledger that knows ten
 * thousand messages and into one that knows a million, in turns. The check is against messages that are
 * known (a replay) or new; either way it is one transaction, synced to the disk.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newMessageId } from '../src/domain/message-id.js';
import { parsePeerName, type PeerName } from '../src/domain/peer-name.js';
import { openLedger } from '../src/ledger/open.js';
import type { IncomingMessage, IncomingRecord, Ledger } from '../src/ledger/port.js';
import { Connection } from '../src/sqlite/connection.js';
import { message, source, verified } from '../test/ledger/records.js';
import { interleave, type Contestant } from './interleave.js';
import { printReport } from './report.js';

const SMALL = 10_000;
const LARGE = 1_000_000;
const SENDERS: readonly PeerName[] = Array.from({ length: 50 }, (_, n) =>
  parsePeerName(`peer-${n}`),
);
const BATCH = 100;
const FILLING = 10_000;
const ROUNDS = 60;
/** A sealed message of 1 KB. */
const SEALED = randomBytes(1_900);
/** What was delivered lies that far back: a year, so that ids are as spread as they would be. */
const SPREAD = 365 * 24 * 3_600_000;

interface Filled {
  readonly rows: number;
  readonly path: string;
  readonly ledger: Ledger;
  /** Some of its messages, to be sent again. */
  readonly known: readonly IncomingMessage[];
}

const directory = mkdtempSync(join(tmpdir(), 'msg-bench-'));
try {
  const small = await fill(SMALL);
  const large = await fill(LARGE);
  await report(small, large);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function report(small: Filled, large: Filled): Promise<void> {
  const sizes = [small, large] as const;
  const measured = await interleave(sizes.flatMap(contestants), ROUNDS);
  const of = (what: string, { rows }: Filled): number => measured.get(`${what} ${rows}`) ?? NaN;
  const ratio = (what: string): number => of(what, large) / of(what, small);
  const work = ['one new message', `${BATCH} new messages`, `${BATCH} known messages`];
  for (const { ledger } of sizes) await ledger.close();
  printReport(
    [
      ['microseconds', '10 thousand rows', '1 million rows', 'ratio'],
      ...work.map((what) => [
        what,
        of(what, small).toFixed(0),
        of(what, large).toFixed(0),
        ratio(what).toFixed(2),
      ]),
      ['file, MB', ...sizes.map(({ path }) => (statSync(path).size / 1e6).toFixed(0)), ''],
    ],
    {
      name: 'ledger',
      figures: Object.fromEntries(
        work.flatMap((what) => [
          [`${what}, ten thousand rows, µs`, Math.round(of(what, small))],
          [`${what}, a million rows, µs`, Math.round(of(what, large))],
          [`${what}, ratio`, Number(ratio(what).toFixed(3))],
        ]),
      ),
      comparedWith: 'the same batch of new messages into a ledger of ten thousand rows',
      ratio: Number(ratio(`${BATCH} new messages`).toFixed(3)),
    },
  );
}

function contestants(filled: Filled): Contestant[] {
  const { ledger, rows, known } = filled;
  let offset = rows;
  const receive = (records: readonly IncomingRecord[]): Promise<unknown> =>
    ledger.inbox.receive(records, source((offset += records.length)));
  return [
    { name: `one new message ${rows}`, run: () => receive([incoming(offset, Date.now())]) },
    {
      name: `${BATCH} new messages ${rows}`,
      run: () => receive(Array.from({ length: BATCH }, (_, n) => incoming(offset + n, Date.now()))),
    },
    {
      name: `${BATCH} known messages ${rows}`,
      run: () => receive(Array.from({ length: BATCH }, () => verified(oneOf(known)))),
    },
  ];
}

/** A ledger that knows so many messages, all of them delivered and their bytes let go. */
async function fill(rows: number): Promise<Filled> {
  const path = join(directory, `ledger-${rows}.db`);
  const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
  const from = Date.now() - SPREAD;
  const known: IncomingMessage[] = [];
  for (let offset = 0; offset < rows; offset += FILLING) {
    const records = Array.from({ length: FILLING }, (_, n) =>
      incoming(offset + n, from + ((offset + n) * SPREAD) / rows),
    );
    await ledger.inbox.receive(records, source(offset + FILLING));
    const messages = records.flatMap((one) => (one.outcome === 'message' ? [one.message] : []));
    known.push(...messages.filter((_, n) => n % 100 === 0));
    if (offset % 100_000 === 0) settleAll(path);
  }
  settleAll(path);
  return { rows, path, ledger, known };
}

/** What a listener does with each message once it was delivered and retention is over. */
function settleAll(path: string): void {
  const connection = new Connection({ path, mode: 0o600, what: 'the ledger', busy: 'ledger-busy' });
  connection.run(
    `UPDATE inbox SET state = 'done', done_at = received_at, attempts = 1 WHERE state = 'received'`,
  );
  connection.run('DELETE FROM inbox_sealed');
  connection.close();
}

function incoming(offset: number, at: number): IncomingRecord {
  const sender = SENDERS[offset % SENDERS.length] ?? parsePeerName('peer-0');
  const id = newMessageId(() => Math.floor(at), randomBytes);
  return verified(message({ source: source(offset), sender, id, sealed: SEALED, content: id }));
}

function oneOf<T>(all: readonly T[]): T {
  const one = all[Math.floor(Math.random() * all.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}
