import { expect, test } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import type { IncomingReceipt, KeptOriginal, Ledger } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, newId, outgoing, source } from './records.js';

function originalOf(id = newId(), signature = 'ab'.repeat(32)): KeptOriginal {
  return {
    ...{ id, signature, digest: 'cd'.repeat(32), recipients: [ACME, GLOBEX] },
    signedData: Buffer.from('signed'),
  };
}

let offset = 0;

function receiptFor(
  { id, signature }: KeptOriginal,
  over: Partial<IncomingReceipt> = {},
): IncomingReceipt {
  return {
    ...{ id, signature, peer: ACME, says: 'received', reason: undefined, detail: undefined },
    signer: fingerprintOf(Buffer.from('certificate')),
    signedData: Buffer.from('receipt'),
    judgement: '{}',
    evidence: [
      { kind: 'issuer', content: Buffer.from('issuer') },
      { kind: 'anchor', content: Buffer.from('anchor') },
      { kind: 'crl', content: Buffer.from('list') },
    ],
    source: source(++offset),
    ...over,
  };
}

async function receive(ledger: Ledger, receipt: IncomingReceipt) {
  return (await ledger.inbox.receive([{ outcome: 'receipt', receipt }], undefined))[0];
}

test('what a receipt is checked against is kept with the message, and found by its signature', async () => {
  const bench = ledgerBench();
  const original = originalOf();
  await bench.open().outbox.enqueue(outgoing({ id: original.id, originals: [original] }));
  const ledger = bench.open();
  expect(await ledger.receipts.originalOf(original.signature)).toEqual(original);
  expect(await ledger.receipts.originals(original.id)).toEqual([original]);
  expect(await ledger.receipts.originalOf('00'.repeat(32))).toBeUndefined();
});

test('a message that is sealed anew is known by both of its signatures', async () => {
  const ledger = ledgerBench().open();
  const first = originalOf();
  const { row } = await ledger.outbox.enqueue(outgoing({ id: first.id, originals: [first] }));
  const second = originalOf(first.id, 'ef'.repeat(32));
  const anew = { ...row, sealed: Buffer.from('anew'), original: second };
  await ledger.outbox.reseal(first.id, anew);
  expect(await ledger.receipts.originalOf(first.signature)).toEqual(first);
  expect(await ledger.receipts.originalOf(second.signature)).toEqual(second);
});

test('a message that is taken back leaves nothing that a receipt could be for', async () => {
  const ledger = ledgerBench().open();
  const original = originalOf();
  await ledger.outbox.enqueue(outgoing({ id: original.id, originals: [original] }));
  expect(await ledger.outbox.forget(original.id)).toBe(true);
  expect(await ledger.receipts.originals(original.id)).toEqual([]);
});

test('a receipt is kept with all that verifies it', async () => {
  const bench = ledgerBench();
  const receipt = receiptFor(originalOf());
  expect(await receive(bench.open(), receipt)).toBe('receipt');
  const ledger = bench.open();
  const { signedData, evidence, ...row } = receipt;
  const [kept] = await ledger.receipts.list({ id: receipt.id });
  expect(kept).toEqual({ ...row, number: kept?.number, receivedAt: bench.clock.now, repeats: 0 });
  const proof = await ledger.receipts.proof(kept?.number ?? 0);
  expect(proof && Buffer.from(proof.signedData)).toEqual(signedData);
  expect(proof?.evidence.map((one) => [one.kind, String(Buffer.from(one.content))]).sort()).toEqual(
    evidence.map((one) => [one.kind, String(Buffer.from(one.content))]).sort(),
  );
  expect(await ledger.receipts.proof(99)).toBeUndefined();
});

test('the same said again is counted, and the first receipt stays', async () => {
  const ledger = ledgerBench().open();
  const original = originalOf();
  const first = receiptFor(original);
  expect(await receive(ledger, first)).toBe('receipt');
  expect(await receive(ledger, first)).toBe('duplicate');
  expect(await ledger.receipts.list({})).toMatchObject([{ repeats: 0 }]);
  const again = receiptFor(original, { signedData: Buffer.from('another') });
  expect(await receive(ledger, again)).toBe('duplicate');
  const [kept] = await ledger.receipts.list({});
  expect(kept).toMatchObject({ repeats: 1, source: first.source });
});

test('every recipient and every word has a receipt of its own', async () => {
  const ledger = ledgerBench().open();
  const original = originalOf();
  const all = [
    { peer: ACME, says: 'received' },
    { peer: GLOBEX, says: 'received' },
    { peer: ACME, says: 'processed' },
    { peer: GLOBEX, says: 'rejected', reason: 'expired', detail: 'too late' },
  ] as const;
  for (const one of all) expect(await receive(ledger, receiptFor(original, one))).toBe('receipt');
  expect(await ledger.receipts.list({ id: original.id })).toMatchObject(all);
  expect(await ledger.receipts.list({ peer: GLOBEX })).toMatchObject([all[1], all[3]]);
  expect(await ledger.receipts.list({ says: 'received', limit: 1 })).toMatchObject([all[1]]);
});
