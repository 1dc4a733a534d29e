import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeldLog, IncomingMessage, Ledger, PruneRequest } from '../../src/ledger/port.js';
import { bundleProgram } from '../support/bundle-program.js';
import { startChild } from '../support/child.js';
import { until } from '../support/until.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { ACME, GLOBEX, message, newId, outgoing, refused, source, verified } from './records.js';

const START = 1_700_000_000_000;
const HOUR = 3_600_000;

/** A message with this `sent` in its signed header. */
function sentAt(sent: number, over: Parameters<typeof message>[0] = {}): IncomingMessage {
  return message({ header: JSON.stringify({ v: 1, sent }), ...over });
}

async function receive(ledger: Ledger, ...messages: IncomingMessage[]): Promise<string[]> {
  return [...(await ledger.inbox.receive(messages.map(verified), undefined))];
}

async function deliverAll(ledger: Ledger): Promise<void> {
  for (;;) {
    const claimed = await ledger.lanes.claim({ owner: 'this', leaseUntil: 9e15, except: [] });
    if (claimed === undefined) return;
    await ledger.lanes.complete('this', claimed.number);
  }
}

/** Everything that is over goes, ids included, but for records that the log still has. */
function everything(bench: LedgerBench, held: readonly HeldLog[] = []): PruneRequest {
  return { before: bench.clock.now + 1, ids: { held } };
}

function heldFrom(low: number): HeldLog {
  const { clusterId, topic, topicId, partition } = source(0);
  return { clusterId, topic, topicId, partition, low: BigInt(low) };
}

test('a message whose id was pruned is refused when it comes again, and newer ones are not', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const old = sentAt(START, { offset: 1 });
  await receive(ledger, old);
  await deliverAll(ledger);
  expect(await ledger.pruning.step(everything(bench), 10)).toMatchObject({ receivedIds: 1 });
  expect(await ledger.history.list({})).toEqual([]);
  expect(await ledger.pruning.floors()).toEqual([{ sender: ACME, sentUntil: START }]);
  const again = { ...old, source: source(7) };
  const newer = sentAt(START + 1, { offset: 8 });
  const other = sentAt(START, { offset: 9, sender: GLOBEX });
  expect(await receive(ledger, again, newer, other)).toEqual(['refused', 'new', 'new']);
  expect(await ledger.quarantine.list({})).toMatchObject([
    { reason: 'before-floor', claimedId: old.id, claimedSender: ACME },
  ]);
});

test('a message below the floor whose id is known stays a duplicate', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const [early, late] = [sentAt(START, { offset: 1 }), sentAt(START + 5, { offset: 2 })];
  await receive(ledger, early, late);
  await deliverAll(ledger);
  bench.clock.now += HOUR;
  const kept = sentAt(START + 2, { offset: 3 });
  await receive(ledger, kept);
  await deliverAll(ledger);
  await ledger.pruning.step({ before: bench.clock.now, ids: { held: [] } }, 10);
  expect(await receive(ledger, { ...kept, source: source(9) })).toEqual(['duplicate']);
});

test('of what the log still has only the bytes go, and it stays known', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const messages = [3, 4, 5].map((offset) => sentAt(START, { offset }));
  await receive(ledger, ...messages);
  await deliverAll(ledger);
  const counts = await ledger.pruning.step(everything(bench, [heldFrom(4)]), 10);
  expect(counts).toMatchObject({ receivedIds: 1, receivedBytes: 2 });
  expect(await ledger.inbox.sealed(2)).toBeUndefined();
  expect(await receive(ledger, ...messages)).toEqual(['refused', 'duplicate', 'duplicate']);
});

test('a record of another log than the one that is held is not held', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  await receive(ledger, sentAt(START, { source: source(9, { clusterId: 'gone' }) }));
  await deliverAll(ledger);
  const counts = await ledger.pruning.step(everything(bench, [heldFrom(0)]), 10);
  expect(counts).toMatchObject({ receivedIds: 1 });
});

test('what is not over stays: undelivered, in quarantine, queued, failed, or younger', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  await receive(ledger, sentAt(START, { offset: 1 }), sentAt(START, { offset: 2, sender: GLOBEX }));
  const claim = { owner: 'this', leaseUntil: 9e15, except: [GLOBEX] };
  const claimed = await ledger.lanes.claim(claim);
  await ledger.lanes.quarantine('this', claimed?.number ?? 0, { reason: 'x', detail: 'x' });
  await ledger.inbox.receive([refused(5)], undefined);
  const failed = outgoing({ to: [ACME] });
  await ledger.outbox.enqueue(failed);
  await ledger.outbox.markFailed({
    id: failed.id,
    recipient: ACME,
    error: 'no',
    outcome: 'unknown',
  });
  await ledger.outbox.enqueue(outgoing());
  const nothing = { receivedIds: 0, receivedBytes: 0, sentIds: 0, sentBytes: 0, quarantined: 0 };
  expect(await ledger.pruning.plan(everything(bench))).toEqual({ ...nothing, size: 0 });
  await deliverAll(ledger);
  const young = { before: bench.clock.now, ids: { held: [] } };
  expect(await ledger.pruning.plan(young)).toEqual({ ...nothing, size: 0 });
  expect(await ledger.pruning.plan(everything(bench))).toMatchObject({ receivedIds: 1 });
});

test('a batch keeps its bytes while one of its messages is in quarantine', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const batch = sentAt(START, { kind: 'batch', offset: 1 });
  const items = ['one', 'two'].map((content) => {
    const { id, digest, type, header } = sentAt(START, { content });
    return { id, digest, type, correlationId: undefined, header };
  });
  await ledger.inbox.receive([{ outcome: 'batch', message: batch, items }], undefined);
  const claimed = await ledger.lanes.claim({ owner: 'this', leaseUntil: 9e15, except: [] });
  const number = claimed?.number ?? 0;
  await ledger.lanes.quarantine('this', number, { reason: 'x', detail: 'x' });
  await deliverAll(ledger);
  await ledger.pruning.step(everything(bench), 10);
  expect(await ledger.inbox.sealed(number)).toBeDefined();
  const [entry] = await ledger.quarantine.list({});
  await ledger.quarantine.drop(entry?.number ?? 0);
  await ledger.pruning.step(everything(bench), 10);
  expect(await ledger.history.list({})).toEqual([]);
  const again = { ...batch, source: source(9) };
  const record = { outcome: 'batch', message: again, items } as const;
  expect(await ledger.inbox.receive([record], undefined)).toEqual(['refused']);
});

test('what was sent goes once every recipient has it, or will not get it', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const one = outgoing({ to: [ACME, GLOBEX] });
  await ledger.outbox.enqueue(one);
  await ledger.outbox.markSent([{ id: one.id, recipient: ACME, partition: 0, offset: 1n }]);
  expect(await ledger.pruning.step(everything(bench), 10)).toMatchObject({ sentIds: 0 });
  await ledger.outbox.cancel(one.id, [GLOBEX]);
  const bytesOnly = { before: bench.clock.now + 1, ids: undefined };
  expect(await ledger.pruning.step(bytesOnly, 10)).toMatchObject({ sentBytes: 1, sentIds: 0 });
  expect(await ledger.outbox.enqueue(one)).toMatchObject({ outcome: 'known' });
  expect(await ledger.pruning.step(everything(bench), 10)).toMatchObject({ sentIds: 1 });
  expect(await ledger.outbox.enqueue(one)).toMatchObject({ outcome: 'kept' });
});

test('what a plan counts is what the steps forget, however small they are', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const came = Array.from({ length: 25 }, (_, offset) => sentAt(START, { offset }));
  await receive(ledger, ...came);
  await deliverAll(ledger);
  const request = everything(bench, [heldFrom(10)]);
  const planned = await ledger.pruning.plan(request);
  expect(planned).toMatchObject({ receivedIds: 10, receivedBytes: 15 });
  let [ids, bytes, size] = [0, 0, 0];
  for (let steps = 0; steps < 10; steps++) {
    const counts = await ledger.pruning.step(request, 3);
    ids += counts.receivedIds;
    bytes += counts.receivedBytes;
    size += counts.size;
  }
  expect({ ids, bytes, size }).toEqual({ ids: 10, bytes: 15, size: planned.size });
});

test('nothing that was delivered is ever taken for new, whatever is pruned and in what order', async () => {
  const event = fc.oneof(
    fc.record({ sender: fc.constantFrom(ACME, GLOBEX), sent: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ low: fc.integer({ min: 0, max: 30 }), age: fc.integer({ min: 0, max: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const bench = ledgerBench();
      const ledger = bench.open();
      const delivered: IncomingMessage[] = [];
      for (const one of events) {
        bench.clock.now += HOUR;
        if ('low' in one) {
          const before = bench.clock.now - one.age * HOUR;
          await ledger.pruning.step({ before, ids: { held: [heldFrom(one.low)] } }, 2);
        } else {
          const { sender, sent } = one;
          const came = sentAt(START + sent, { sender, offset: delivered.length });
          const [outcome] = await receive(ledger, came);
          await deliverAll(ledger);
          if (outcome === 'new') delivered.push(came);
        }
      }
      const again = delivered.map((one, index) => ({ ...one, source: source(1000 + index) }));
      const outcomes = await receive(ledger, ...again);
      expect(outcomes.every((one) => one === 'duplicate' || one === 'refused')).toBe(true);
      await ledger.close();
    }),
    { numRuns: 40 },
  );
});

test(
  'a kill in the middle leaves no id forgotten without its floor',
  { timeout: 60_000 },
  async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const came = Array.from({ length: 600 }, (_, offset) =>
      sentAt(START + offset, { offset, id: newId() }),
    );
    await receive(ledger, ...came);
    await deliverAll(ledger);
    const pruner = await bundleProgram('test/ledger/programs/pruner.ts');
    for (let left = 600; left > 0;) {
      const child = startChild(pruner, [bench.path]);
      await until(
        'it has forgotten something',
        () => child.lines.length > 4 || child.process.exitCode === 0,
      );
      child.process.kill('SIGKILL');
      await child.ended;
      left = (await ledger.history.list({})).length;
      const known = new Set((await ledger.history.list({})).map(({ id }) => id));
      const floor = (await ledger.pruning.floors())[0]?.sentUntil ?? 0;
      const forgotten = came.filter(({ id }) => !known.has(id));
      const sent = forgotten.map(({ header }) => (JSON.parse(header) as { sent: number }).sent);
      expect(sent.every((moment) => moment <= floor)).toBe(true);
    }
    const again = came.map((one, index) => ({ ...one, source: source(1000 + index) }));
    expect(new Set(await receive(ledger, ...again))).toEqual(new Set(['refused']));
  },
);
