import { expect, test } from 'vitest';
import type { Delivery, DeliveryClaim, Ledger } from '../../src/ledger/port.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { ACME, GLOBEX, message, outgoing, source, verified } from './records.js';

const LEASE = 1000;

/** A ledger with messages `acme 1`, `acme 2`, `globex 1` waiting in this order. */
async function waiting(): Promise<{ bench: LedgerBench; ledger: Ledger }> {
  const bench = ledgerBench();
  const ledger = bench.open();
  const contents = [
    [ACME, 'acme 1'],
    [ACME, 'acme 2'],
    [GLOBEX, 'globex 1'],
  ] as const;
  await ledger.inbox.receive(
    contents.map(([sender, content], offset) => verified(message({ sender, content, offset }))),
    source(contents.length),
  );
  return { bench, ledger };
}

function claim(
  { clock }: LedgerBench,
  ledger: Ledger,
  over: Partial<DeliveryClaim> = {},
): Promise<Delivery | undefined> {
  const leaseUntil = clock.now + LEASE;
  return ledger.lanes.claim({ owner: 'me', leaseUntil, except: [], ...over });
}

function textOf(delivery: Delivery | undefined): string | undefined {
  return delivery && Buffer.from(delivery.sealed).toString();
}

test('a sender’s messages are claimed one at a time, in the order they came', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger, { except: [GLOBEX] });
  expect(textOf(first)).toBe('sealed acme 1');
  expect(first).toMatchObject({ state: 'delivering', attempts: 1 });
  expect(await claim(bench, ledger, { except: [GLOBEX] })).toBeUndefined();
  await ledger.lanes.complete('me', first?.number ?? 0);
  expect(textOf(await claim(bench, ledger, { except: [GLOBEX] }))).toBe('sealed acme 2');
});

test('a taken lane holds up no other sender', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  expect(textOf(await claim(bench, bench.open(), { owner: 'other' }))).toBe('sealed globex 1');
  expect(await claim(bench, ledger)).toBeUndefined();
});

test('a lane whose lease has run out can be claimed by another, as a further attempt', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  bench.clock.now += LEASE;
  const again = await claim(bench, bench.open(), { owner: 'other' });
  expect(textOf(again)).toBe('sealed acme 1');
  expect(again).toMatchObject({ attempts: 2 });
});

test('a renewed lease keeps the lane', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  expect(await ledger.lanes.renew('me', ACME, bench.clock.now + 3 * LEASE)).toBe(true);
  bench.clock.now += 2 * LEASE;
  expect(await claim(bench, ledger, { owner: 'other', except: [GLOBEX] })).toBeUndefined();
});

test('a lease that another has taken cannot be renewed', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  bench.clock.now += LEASE;
  await claim(bench, ledger, { owner: 'other' });
  expect(await ledger.lanes.renew('me', ACME, bench.clock.now + LEASE)).toBe(false);
});

test('a released message comes first again, with its note and attempts', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  await ledger.lanes.note(first?.number ?? 0, 'report.pdf');
  await ledger.lanes.release('me', first?.number ?? 0);
  const again = await claim(bench, ledger);
  expect(again).toMatchObject({ number: first?.number, attempts: 2, sinkNote: 'report.pdf' });
});

test('a release by one who lost the lane does not disturb the new owner', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  bench.clock.now += LEASE;
  await claim(bench, ledger, { owner: 'other' });
  await ledger.lanes.release('me', first?.number ?? 0);
  expect(await claim(bench, ledger, { except: [GLOBEX] })).toBeUndefined();
  expect(await ledger.history.list({ state: 'delivering' })).toHaveLength(1);
});

test('a completed message is done and is not delivered again', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger, { except: [ACME] });
  bench.clock.now += 5;
  await ledger.lanes.complete('me', first?.number ?? 0);
  expect(await claim(bench, ledger, { except: [ACME] })).toBeUndefined();
  expect(await ledger.history.list({ peer: GLOBEX })).toMatchObject([
    { state: 'done', doneAt: bench.clock.now },
  ]);
  expect(await ledger.inbox.undelivered()).toBe(2);
});

test('the receipt enters the outbox together with the completion, once', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  const receipt = outgoing({ kind: 'receipt', to: [ACME] });
  await ledger.lanes.complete('me', first?.number ?? 0, receipt);
  await ledger.lanes.complete('me', first?.number ?? 0, outgoing({ kind: 'receipt' }));
  expect(await ledger.history.list({ direction: 'out' })).toMatchObject([{ id: receipt.id }]);
});

test('a message that failed for good moves to quarantine, frees its lane and stays known', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  const why = { reason: 'handler', detail: 'the handler refused it' };
  await ledger.lanes.quarantine('me', first?.number ?? 0, why);
  await ledger.lanes.quarantine('me', first?.number ?? 0, why);
  expect(await ledger.quarantine.list({})).toMatchObject([{ ...why, claimedId: first?.id }]);
  expect(textOf(await claim(bench, ledger))).toBe('sealed acme 2');
  const again = message({ id: first?.id ?? message().id, content: 'acme 1', offset: 0 });
  expect(await ledger.inbox.receive([verified(again)], undefined)).toEqual(['duplicate']);
  expect(await ledger.inbox.undelivered()).toBe(2);
});

test('nothing is claimed from an empty ledger', async () => {
  const bench = ledgerBench();
  expect(await claim(bench, bench.open())).toBeUndefined();
});

test('the lanes of an owner that is gone are free before their lease has run out', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger, { owner: 'dead', except: [GLOBEX] });
  await claim(bench, ledger, { owner: 'alive', except: [ACME] });
  expect(await ledger.lanes.releaseAbandoned((owner) => owner === 'dead')).toBe(1);
  const again = await claim(bench, ledger);
  expect(again).toMatchObject({ sender: ACME, attempts: 2 });
  expect(await claim(bench, ledger)).toBeUndefined();
});
