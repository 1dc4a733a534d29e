import { expect, test } from 'vitest';
import type { Delivery, DeliveryClaim, Ledger } from '../../src/ledger/port.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { ACME, answerTo, GLOBEX, message, source, verified } from './records.js';

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
    contents.map(([sender, content], offset) =>
      verified(message({ sender, content, header: content, offset })),
    ),
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

/** Whose first or second message it is, as `waiting` has put them there. */
function textOf(delivery: Delivery | undefined): string | undefined {
  return delivery?.header;
}

test('a sender’s messages are claimed one at a time, in the order they came', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger, { except: [GLOBEX] });
  expect(textOf(first)).toBe('acme 1');
  expect(first).toMatchObject({ state: 'delivering', attempts: 1 });
  expect(await claim(bench, ledger, { except: [GLOBEX] })).toBeUndefined();
  await ledger.lanes.complete('me', first?.number ?? 0);
  expect(textOf(await claim(bench, ledger, { except: [GLOBEX] }))).toBe('acme 2');
});

test('a taken lane holds up no other sender', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  expect(textOf(await claim(bench, bench.open(), { owner: 'other' }))).toBe('globex 1');
  expect(await claim(bench, ledger)).toBeUndefined();
});

test('a lane whose lease has run out can be claimed by another, as a further attempt', async () => {
  const { bench, ledger } = await waiting();
  await claim(bench, ledger);
  bench.clock.now += LEASE;
  const again = await claim(bench, bench.open(), { owner: 'other' });
  expect(textOf(again)).toBe('acme 1');
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
  expect(await ledger.lanes.note('me', first?.number ?? 0, 'report.pdf')).toBe(true);
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

test('one who lost the lane can note nothing any more', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  bench.clock.now += LEASE;
  await claim(bench, ledger, { owner: 'other' });
  expect(await ledger.lanes.note('me', first?.number ?? 0, 'mine.pdf')).toBe(false);
  expect(await ledger.lanes.note('other', first?.number ?? 0, 'theirs.pdf')).toBe(true);
  expect(await ledger.history.list({ state: 'delivering' })).toMatchObject([
    { sinkNote: 'theirs.pdf' },
  ]);
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
  const receipt = answerTo(first ?? message(), { says: 'processed' });
  await ledger.lanes.complete('me', first?.number ?? 0, receipt);
  const second = answerTo(first ?? message(), { says: 'processed' });
  await ledger.lanes.complete('me', first?.number ?? 0, second);
  expect(await ledger.outbox.pending()).toMatchObject([{ id: receipt.outgoing?.id }]);
});

test('the rejection enters the outbox together with the quarantine, once', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  const why = { reason: 'handler', detail: 'the handler refused it' };
  const answer = answerTo(first ?? message(), { says: 'rejected' });
  await ledger.lanes.quarantine('me', first?.number ?? 0, { ...why, answer });
  expect(await ledger.outbox.pending()).toMatchObject([{ id: answer.outgoing?.id }]);
  expect(await ledger.quarantine.list({})).toMatchObject([why]);
});

test('a message that failed for good moves to quarantine, frees its lane and stays known', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  const why = { reason: 'handler', detail: 'the handler refused it' };
  await ledger.lanes.quarantine('me', first?.number ?? 0, why);
  await ledger.lanes.quarantine('me', first?.number ?? 0, why);
  expect(await ledger.quarantine.list({})).toMatchObject([{ ...why, claimedId: first?.id }]);
  expect(textOf(await claim(bench, ledger))).toBe('acme 2');
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

test('a lane that failed for now waits in every process, longer each time, and others do not', async () => {
  const { bench, ledger } = await waiting();
  const failure = { code: 'disk-full', detail: 'no space', delay: (count: number) => count * 100 };
  const first = await claim(bench, ledger, { except: [GLOBEX] });
  const begun = bench.clock.now;
  expect(await ledger.lanes.postpone('me', first?.number ?? 0, failure)).toBe(begun + 100);
  const other = bench.open();
  expect(await claim(bench, other, { owner: 'other', except: [GLOBEX] })).toBeUndefined();
  bench.clock.now += 100;
  const again = await claim(bench, other, { owner: 'other', except: [GLOBEX] });
  expect(again).toMatchObject({ number: first?.number, attempts: 2 });
  await other.lanes.postpone('other', first?.number ?? 0, { ...failure, detail: 'still none' });
  expect(await ledger.lanes.blocked()).toEqual([
    {
      ...{ sender: ACME, owner: 'other', since: begun, until: begun + 300, failures: 2 },
      ...{ code: 'disk-full', detail: 'still none' },
    },
  ]);
  expect(textOf(await claim(bench, ledger))).toBe('globex 1');
});

test('a lane waits no more once something of it is done, or was put into quarantine', async () => {
  const { bench, ledger } = await waiting();
  const failure = { code: 'timeout', detail: 'late', delay: () => 100 };
  for (const end of ['complete', 'quarantine'] as const) {
    const one = await claim(bench, ledger, { except: [GLOBEX] });
    await ledger.lanes.postpone('me', one?.number ?? 0, failure);
    bench.clock.now += 100;
    await claim(bench, ledger, { except: [GLOBEX] });
    if (end === 'complete') await ledger.lanes.complete('me', one?.number ?? 0);
    else await ledger.lanes.quarantine('me', one?.number ?? 0, { reason: 'r', detail: 'd' });
    expect(await ledger.lanes.blocked()).toEqual([]);
  }
});

test('one who lost the lane can neither make it wait nor put its message into quarantine', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger);
  bench.clock.now += LEASE;
  await claim(bench, ledger, { owner: 'other' });
  const number = first?.number ?? 0;
  const failure = { code: 'timeout', detail: 'late', delay: () => 100 };
  expect(await ledger.lanes.postpone('me', number, failure)).toBeUndefined();
  expect(await ledger.lanes.quarantine('me', number, { reason: 'r', detail: 'd' })).toBe(false);
  expect(await ledger.lanes.blocked()).toEqual([]);
  expect(await ledger.history.list({ state: 'delivering' })).toHaveLength(1);
});

test('a lane that waits because of a process that is gone is tried at once', async () => {
  const { bench, ledger } = await waiting();
  const first = await claim(bench, ledger, { owner: 'dead', except: [GLOBEX] });
  const failure = { code: 'timeout', detail: 'late', delay: () => 100 };
  await ledger.lanes.postpone('dead', first?.number ?? 0, failure);
  expect(await claim(bench, ledger, { except: [GLOBEX] })).toBeUndefined();
  await ledger.lanes.releaseAbandoned((owner) => owner === 'dead');
  expect(await claim(bench, ledger, { except: [GLOBEX] })).toMatchObject({ attempts: 2 });
});
