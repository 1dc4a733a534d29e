import { expect, test } from 'vitest';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, message, newId, refused, source, verified } from './records.js';

test('a message is new once and a duplicate ever after, also in another process', async () => {
  const bench = ledgerBench();
  const first = message({ offset: 1 });
  const again = { ...first, source: source(2) };
  const ledger = bench.open();
  expect(await ledger.inbox.receive([verified(first)], source(2))).toEqual(['new']);
  expect(await bench.open().inbox.receive([verified(again)], source(3))).toEqual(['duplicate']);
  expect(await ledger.history.find(first.id)).toMatchObject([
    { duplicates: 1, source: { offset: 1n } },
  ]);
  expect(await ledger.history.counts()).toMatchObject({ received: 1, duplicates: 1 });
});

test('a duplicate within one batch is noticed', async () => {
  const ledger = ledgerBench().open();
  const first = message({ offset: 1 });
  const again = { ...first, source: source(2) };
  const outcomes = await ledger.inbox.receive([verified(first), verified(again)], source(3));
  expect(outcomes).toEqual(['new', 'duplicate']);
});

test('reading the same record again after a crash does not count as a duplicate', async () => {
  const ledger = ledgerBench().open();
  const first = message({ offset: 1 });
  await ledger.inbox.receive([verified(first)], source(2));
  expect(await ledger.inbox.receive([verified(first)], source(2))).toEqual(['duplicate']);
  expect(await ledger.history.counts()).toMatchObject({ received: 1, duplicates: 0 });
});

test('two senders may use one id', async () => {
  const ledger = ledgerBench().open();
  const id = newId();
  const outcomes = await ledger.inbox.receive(
    [
      verified(message({ id, sender: ACME, offset: 1 })),
      verified(message({ id, sender: GLOBEX, offset: 2 })),
    ],
    source(3),
  );
  expect(outcomes).toEqual(['new', 'new']);
  expect(await ledger.history.find(id)).toHaveLength(2);
});

test('the same id with other content is quarantined, and the first message stays', async () => {
  const ledger = ledgerBench().open();
  const first = message({ offset: 1, content: 'pay 10' });
  const other = message({ id: first.id, offset: 2, content: 'pay 10,000' });
  await ledger.inbox.receive([verified(first)], source(2));
  expect(await ledger.inbox.receive([verified(other)], source(3))).toEqual(['conflict']);
  expect(await ledger.quarantine.list({})).toMatchObject([
    { reason: 'id-conflict', claimedSender: 'acme', claimedId: first.id, source: other.source },
  ]);
  expect(await ledger.history.find(first.id)).toMatchObject([
    { digest: first.digest, duplicates: 0 },
  ]);
});

test('a refused record is quarantined once, with its bytes and reason, however often it is read', async () => {
  const ledger = ledgerBench().open();
  expect(await ledger.inbox.receive([refused(4)], source(5))).toEqual(['refused']);
  expect(await ledger.inbox.receive([refused(4)], source(5))).toEqual(['refused']);
  const rows = await ledger.quarantine.list({});
  expect(rows).toMatchObject([
    { reason: 'signature', claimedSender: 'mallory', source: source(4) },
  ]);
  const kept = await ledger.quarantine.sealed(rows[0]?.number ?? 0);
  expect(Buffer.from(kept?.bytes ?? []).toString()).toBe('sealed 4');
  expect(kept?.isWhole).toBe(true);
});

test('the newest quarantined records are listed, oldest of them first', async () => {
  const ledger = ledgerBench().open();
  await ledger.inbox.receive([refused(1), refused(2), refused(3)], source(4));
  const rows = await ledger.quarantine.list({ limit: 2 });
  expect(rows.map((row) => row.source.offset)).toEqual([2n, 3n]);
});

test('everything about a message comes back as it was kept', async () => {
  const ledger = ledgerBench().open();
  const one = message({ offset: 7, correlationId: 'c-1', type: undefined });
  await ledger.inbox.receive([verified(one)], source(8));
  const { sealed, ...kept } = one;
  const [row] = await ledger.history.find(one.id);
  expect(row).toMatchObject({ ...kept, direction: 'in', state: 'received', attempts: 0 });
  const bytes = await ledger.inbox.sealed(row?.number ?? 0);
  expect(Buffer.from(bytes ?? []).equals(Buffer.from(sealed))).toBe(true);
});

test('hostile text in a refused record is kept without harm', async () => {
  const ledger = ledgerBench().open();
  const hostile = refused(1);
  if (hostile.outcome !== 'refused') throw new Error('expected a refusal');
  const claimedSender = "a\0b'; DROP TABLE inbox; --\u202e\ud800";
  await ledger.inbox.receive(
    [{ ...hostile, refused: { ...hostile.refused, claimedSender } }],
    source(2),
  );
  const [row] = await ledger.quarantine.list({});
  expect(row?.claimedSender).toBe("a\ufffdb'; DROP TABLE inbox; --\u202e\ufffd");
});

test('the position moves with the batch, per partition of a log, and never back by itself', async () => {
  const ledger = ledgerBench().open();
  const { clusterId, topic, topicId, partition } = source(0);
  const here = { clusterId, topic, topicId, partition };
  expect(await ledger.inbox.position(here)).toBeUndefined();
  await ledger.inbox.receive([verified(message({ offset: 9 }))], source(10));
  await ledger.inbox.receive([verified(message({ offset: 3 }))], source(4));
  expect(await ledger.inbox.position(here)).toBe(10n);
  for (const other of [
    { clusterId: 'x' },
    { topic: 'x' },
    { topicId: undefined },
    { partition: 1 },
  ]) {
    expect(await ledger.inbox.position({ ...here, ...other })).toBeUndefined();
  }
});

test('a look back keeps messages and leaves the position alone', async () => {
  const ledger = ledgerBench().open();
  expect(await ledger.inbox.receive([verified(message({ offset: 9 }))], undefined)).toEqual([
    'new',
  ]);
  expect(await ledger.inbox.position(source(0))).toBeUndefined();
});

test('the operator may move the position, also back', async () => {
  const ledger = ledgerBench().open();
  await ledger.inbox.receive([], source(10));
  await ledger.inbox.movePosition(source(0), 3n);
  expect(await ledger.inbox.position(source(0))).toBe(3n);
});

test('offsets beyond 2^53 are kept exactly', async () => {
  const ledger = ledgerBench().open();
  const offset = 2n ** 62n + 1n;
  await ledger.inbox.receive(
    [verified({ ...message(), source: source(offset) })],
    source(offset + 1n),
  );
  expect(await ledger.inbox.position(source(0))).toBe(offset + 1n);
  expect(await ledger.history.list({})).toMatchObject([{ source: { offset } }]);
});
