import { describe, expect, test } from 'vitest';
import type { Ledger, MessageFilter } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, INITECH, message, outgoing, source, verified } from './records.js';

const START = 1_700_000_000_000;

/** One message a millisecond: in from acme, out to globex and initech, in from globex, out to acme. */
async function fourMessages(): Promise<Ledger> {
  const bench = ledgerBench();
  const ledger = bench.open();
  const came = [
    message({ sender: ACME, offset: 0, correlationId: 'case-1', content: 'one' }),
    message({ sender: GLOBEX, offset: 1, correlationId: 'case-2', content: 'three' }),
  ] as const;
  await ledger.inbox.receive([verified(came[0])], source(1));
  bench.clock.now += 1;
  const went = outgoing({ to: [GLOBEX, INITECH], correlationId: 'case-1' });
  await ledger.outbox.enqueue(went);
  bench.clock.now += 1;
  await ledger.inbox.receive([verified(came[1])], source(2));
  bench.clock.now += 1;
  await ledger.outbox.enqueue(outgoing({ to: [ACME] }));
  await ledger.outbox.markSent([{ id: went.id, recipient: GLOBEX, partition: 0, offset: 5n }]);
  return ledger;
}

/** What was listed, as `direction number`. */
async function listed(filter: MessageFilter): Promise<string[]> {
  const rows = await (await fourMessages()).history.list(filter);
  return rows.map((row) => `${row.direction} ${row.number}`);
}

describe('the history', () => {
  const cases: [what: string, filter: MessageFilter, expected: string[]][] = [
    ['everything, oldest first', {}, ['in 1', 'out 1', 'in 2', 'out 2']],
    ['what came', { direction: 'in' }, ['in 1', 'in 2']],
    ['what went', { direction: 'out' }, ['out 1', 'out 2']],
    ['one peer’s messages in both directions', { peer: GLOBEX }, ['out 1', 'in 2']],
    ['what one of several recipients got', { peer: INITECH }, ['out 1']],
    ['one conversation', { correlationId: 'case-1' }, ['in 1', 'out 1']],
    ['what stands in one state', { state: 'sent' }, ['out 1']],
    ['what waits for delivery', { state: 'received' }, ['in 1', 'in 2']],
    ['what happened since', { since: START + 2 }, ['in 2', 'out 2']],
    ['what happened before, exclusively', { until: START + 2 }, ['in 1', 'out 1']],
    ['the newest few', { limit: 2 }, ['in 2', 'out 2']],
    ['nothing when none is asked for', { limit: 0 }, []],
    ['all conditions together', { peer: GLOBEX, direction: 'in', since: START }, ['in 2']],
  ];
  test.for(cases)('shows %s', async ([, filter, expected]) => {
    expect(await listed(filter)).toEqual(expected);
  });

  test('counts what there is', async () => {
    expect(await (await fourMessages()).history.counts()).toEqual({
      received: 2,
      done: 0,
      duplicates: 0,
      quarantined: 0,
      queued: 2,
      sent: 1,
    });
  });
});
