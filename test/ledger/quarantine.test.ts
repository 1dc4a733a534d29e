import { createHash } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../src/ledger/open.js';
import type { IncomingMessage, Ledger, QuarantineRow } from '../../src/ledger/port.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, message, refused, source, verified } from './records.js';

const WHY = { reason: 'message-refused', detail: 'the handler refused it' };

/** A message that was verified and could not be delivered. */
async function failed(ledger: Ledger, one: IncomingMessage): Promise<QuarantineRow> {
  await ledger.inbox.receive([verified(one)], undefined);
  const claimed = await ledger.lanes.claim({ owner: 'me', leaseUntil: 2e12, except: [] });
  expect(await ledger.lanes.quarantine('me', claimed?.number ?? 0, WHY)).toBe(true);
  const [row] = await ledger.quarantine.list({ sender: one.sender });
  if (row === undefined) throw new Error('nothing is in quarantine');
  return row;
}

/** A record that was refused unverified. */
async function rejected(ledger: Ledger, offset = 4): Promise<QuarantineRow> {
  await ledger.inbox.receive([refused(offset)], undefined);
  const row = (await ledger.quarantine.list({})).at(-1);
  if (row === undefined) throw new Error('nothing is in quarantine');
  return row;
}

describe('the list', () => {
  test('is filtered by reason, sender and time, and comes in pages', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const begun = bench.clock.now;
    for (const offset of [1, 2, 3]) {
      await ledger.inbox.receive([refused(offset)], undefined);
      bench.clock.now += 10;
    }
    await failed(ledger, message({ offset: 9 }));
    const offsets = async (filter: object): Promise<bigint[]> =>
      (await ledger.quarantine.list(filter)).map((row) => row.source.offset);
    expect(await offsets({})).toEqual([1n, 2n, 3n, 9n]);
    expect(await offsets({ limit: 2 })).toEqual([3n, 9n]);
    const [third] = await ledger.quarantine.list({ limit: 2 });
    expect(await offsets({ limit: 2, before: third?.number })).toEqual([1n, 2n]);
    expect(await offsets({ reason: 'signature' })).toEqual([1n, 2n, 3n]);
    expect(await offsets({ sender: 'acme' })).toEqual([9n]);
    expect(await offsets({ since: begun + 10, until: begun + 30 })).toEqual([2n, 3n]);
  });

  test('tells size and hash of each record, and whether anybody verified it', async () => {
    const ledger = ledgerBench().open();
    const unverified = await rejected(ledger);
    const sha256 = createHash('sha256').update('sealed 4').digest('hex');
    expect(unverified).toMatchObject({ message: undefined, size: 8, sha256 });
    const one = await failed(ledger, message({ offset: 5 }));
    expect(one).toMatchObject({ message: 1, size: 12, ...WHY });
    const kept = await ledger.quarantine.sealed(one.number);
    expect(Buffer.from(kept?.bytes ?? []).toString()).toBe('sealed hello');
  });
});

describe('a retry', () => {
  test('gives a verified message back to its lane, and what it was tried before does not count', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const row = await failed(ledger, message());
    expect(await ledger.quarantine.requeue(row.number)).toBe(true);
    expect(await ledger.quarantine.requeue(row.number)).toBe(false);
    expect(await ledger.quarantine.list({})).toEqual([]);
    expect(await ledger.quarantine.list({ resolved: true })).toMatchObject([
      { number: row.number, resolution: 'retried', resolvedAt: bench.clock.now },
    ]);
    const claimed = await ledger.lanes.claim({ owner: 'me', leaseUntil: 2e12, except: [] });
    expect(claimed).toMatchObject({ attempts: 2, spared: 1, state: 'delivering' });
  });

  test('that fails once more puts the message back under its number, with the new reason', async () => {
    const ledger = ledgerBench().open();
    const row = await failed(ledger, message());
    await ledger.quarantine.requeue(row.number);
    const claimed = await ledger.lanes.claim({ owner: 'me', leaseUntil: 2e12, except: [] });
    await ledger.lanes.quarantine('me', claimed?.number ?? 0, {
      reason: 'expired',
      detail: 'late',
    });
    expect(await ledger.quarantine.list({})).toMatchObject([
      { number: row.number, reason: 'expired', resolution: undefined },
    ]);
  });

  test('takes in a record that is accepted now, from the place where it stood', async () => {
    const ledger = ledgerBench().open();
    const row = await rejected(ledger);
    const one = message({ offset: 4 });
    expect(await ledger.quarantine.readmit(row.number, verified(one))).toBe('new');
    expect(await ledger.quarantine.readmit(row.number, verified(one))).toBe('resolved');
    expect(await ledger.history.find(one.id)).toMatchObject([
      { state: 'received', source: { offset: 4n } },
    ]);
    expect(await ledger.quarantine.list({})).toEqual([]);
    expect(await ledger.quarantine.sealed(row.number)).toBeUndefined();
  });

  test('delivers nothing a second time that has come in another record since', async () => {
    const ledger = ledgerBench().open();
    const row = await rejected(ledger);
    const one = message({ offset: 4 });
    await ledger.inbox.receive([verified({ ...one, source: source(7) })], undefined);
    expect(await ledger.quarantine.readmit(row.number, verified(one))).toBe('duplicate');
    expect(await ledger.inbox.undelivered()).toBe(1);
  });

  test('of an id that stands for other content leaves the record in quarantine as a conflict', async () => {
    const ledger = ledgerBench().open();
    const row = await rejected(ledger);
    const one = message({ offset: 4 });
    await ledger.inbox.receive(
      [verified(message({ id: one.id, content: 'other', offset: 7 }))],
      undefined,
    );
    expect(await ledger.quarantine.readmit(row.number, verified(one))).toBe('conflict');
    expect(await ledger.quarantine.list({})).toMatchObject([
      { number: row.number, reason: 'id-conflict' },
    ]);
    expect(await ledger.quarantine.sealed(row.number)).toMatchObject({ isWhole: true });
  });

  test('that is refused once more has the new reason and the old time', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const row = await rejected(ledger);
    bench.clock.now += 1000;
    const again = refused(4);
    if (again.outcome !== 'refused') throw new Error('expected a refusal');
    const record = { ...again, refused: { ...again.refused, reason: 'sender-path' } };
    expect(await ledger.quarantine.readmit(row.number, record)).toBe('refused');
    expect(await ledger.quarantine.list({})).toEqual([{ ...row, reason: 'sender-path' }]);
  });
});

describe('a drop', () => {
  test('lets the bytes of a verified message go, and the message stays known', async () => {
    const ledger = ledgerBench().open();
    const one = message();
    const row = await failed(ledger, one);
    expect(await ledger.quarantine.drop(row.number)).toBe(true);
    expect(await ledger.quarantine.drop(row.number)).toBe(false);
    expect(await ledger.quarantine.requeue(row.number)).toBe(false);
    expect(await ledger.quarantine.sealed(row.number)).toBeUndefined();
    expect(await ledger.inbox.sealed(row.message ?? 0)).toBeUndefined();
    const again = verified({ ...one, source: source(99) });
    expect(await ledger.inbox.receive([again], undefined)).toEqual(['duplicate']);
    expect(await ledger.inbox.undelivered()).toBe(0);
  });

  test('of an unverified record passes over this record, not over the message it claims to be', async () => {
    const ledger = ledgerBench().open();
    const row = await rejected(ledger);
    await ledger.quarantine.drop(row.number);
    const one = message({ offset: 4 });
    expect(await ledger.inbox.receive([verified(one)], undefined)).toEqual(['dropped']);
    expect(await ledger.inbox.receive([refused(4)], undefined)).toEqual(['refused']);
    expect(await ledger.quarantine.list({})).toEqual([]);
    const elsewhere = { ...one, source: source(5) };
    expect(await ledger.inbox.receive([verified(elsewhere)], undefined)).toEqual(['new']);
  });
});

describe('the pool of what nobody verified', () => {
  function smallLedger(quarantinePool: number): Ledger {
    const path = join(temporaryDirectory(), 'ledger.db');
    const ledger = openLedger({ path, clock: () => 0, random: randomBytes, quarantinePool });
    onTestFinished(() => ledger.close());
    return ledger;
  }

  function large(offset: number, bytes: number) {
    const record = refused(offset);
    if (record.outcome !== 'refused') throw new Error('expected a refusal');
    return { ...record, refused: { ...record.refused, sealed: randomBytes(bytes) } };
  }

  async function keptOf(
    ledger: Ledger,
  ): Promise<(readonly [number | undefined, boolean | undefined])[]> {
    const rows = await ledger.quarantine.list({});
    return Promise.all(
      rows.map(async ({ number }) => {
        const kept = await ledger.quarantine.sealed(number);
        return [kept?.bytes.length, kept?.isWhole] as const;
      }),
    );
  }

  test('holds beginnings when it is full, then hashes only, and never less than those', async () => {
    const ledger = smallLedger(10_000);
    const flood = Array.from({ length: 6 }, (_, offset) => large(offset, 8_000));
    await ledger.inbox.receive(flood, undefined);
    expect(await keptOf(ledger)).toEqual([
      [8_000, true],
      [4_096, false],
      [4_096, false],
      [0, false],
      [0, false],
      [0, false],
    ]);
    const rows = await ledger.quarantine.list({});
    const hashes = flood.map(({ refused: { sealed } }) =>
      createHash('sha256').update(sealed).digest('hex'),
    );
    expect(rows.map(({ sha256 }) => sha256)).toEqual(hashes);
  });

  test('has room again when something is dropped', async () => {
    const ledger = smallLedger(10_000);
    await ledger.inbox.receive([large(1, 8_000)], undefined);
    const [row] = await ledger.quarantine.list({});
    await ledger.quarantine.drop(row?.number ?? 0);
    await ledger.inbox.receive([large(2, 8_000)], undefined);
    expect(await keptOf(ledger)).toEqual([[8_000, true]]);
  });

  test('is not used up by messages that were verified', async () => {
    const ledger = smallLedger(10_000);
    await failed(ledger, message({ sender: GLOBEX, sealed: randomBytes(20_000) }));
    await failed(ledger, message({ sender: ACME, offset: 1, sealed: randomBytes(20_000) }));
    await ledger.inbox.receive([large(2, 8_000)], undefined);
    expect(await keptOf(ledger)).toEqual([
      [20_000, true],
      [20_000, true],
      [8_000, true],
    ]);
  });
});
