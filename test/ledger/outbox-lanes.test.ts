import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClaimedLane, Ledger, PublishClaim } from '../../src/ledger/port.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { GLOBEX, INITECH, outgoing } from './records.js';

const LEASE = 1000;

/** A ledger in which `globex 1`, `initech 1`, `globex 2` wait in this order. */
async function waiting(): Promise<{ bench: LedgerBench; ledger: Ledger }> {
  const bench = ledgerBench();
  const ledger = bench.open();
  for (const [type, to] of [
    ['globex 1', GLOBEX],
    ['initech 1', INITECH],
    ['globex 2', GLOBEX],
  ] as const) {
    await ledger.outbox.enqueue(outgoing({ type, to: [to] }));
  }
  return { bench, ledger };
}

function claim(
  { clock }: LedgerBench,
  ledger: Ledger,
  over: Partial<PublishClaim> = {},
): Promise<ClaimedLane | undefined> {
  return ledger.outbox.claim({
    lease: { owner: 'me', until: clock.now + LEASE },
    kinds: ['answers', 'messages'],
    except: [],
    eager: false,
    most: { count: 1, bytes: 1_000_000 },
    ...over,
  });
}

/** The types of what was claimed. */
function typesOf(lane: ClaimedLane | undefined): (string | undefined)[] {
  return (lane?.deliveries ?? []).map(({ row }) => row.type);
}

/** Everything that can be claimed, one lane after the other, none of it finished. */
async function all(
  bench: LedgerBench,
  ledger: Ledger,
  over: Partial<PublishClaim> = {},
): Promise<(string | undefined)[][]> {
  const claimed: (string | undefined)[][] = [];
  for (;;) {
    const lane = await claim(bench, ledger, over);
    if (lane === undefined) return claimed;
    claimed.push(typesOf(lane));
  }
}

describe('the lanes of the outbox', () => {
  it("give each recipient's oldest message, and nothing more while that is under way", async () => {
    const { bench, ledger } = await waiting();
    expect(await all(bench, ledger)).toEqual([['globex 1'], ['initech 1']]);
  });

  it('give several messages of one recipient in their order, as many as wanted', async () => {
    const { bench, ledger } = await waiting();
    const most = { count: 10, bytes: 1_000_000 };
    expect(await all(bench, ledger, { most })).toEqual([['globex 1', 'globex 2'], ['initech 1']]);
  });

  it('give no more bytes than wanted, but always one message', async () => {
    const { bench, ledger } = await waiting();
    const lane = await claim(bench, ledger, { most: { count: 10, bytes: 1 } });
    expect(typesOf(lane)).toEqual(['globex 1']);
    expect(Buffer.from(lane?.deliveries[0]?.sealed ?? []).toString()).toBe('sealed out');
  });

  it('are never taken by two processes', async () => {
    const { bench, ledger } = await waiting();
    const other = bench.open();
    expect(typesOf(await claim(bench, ledger))).toEqual(['globex 1']);
    expect(typesOf(await claim(bench, other))).toEqual(['initech 1']);
    expect(await claim(bench, other)).toBeUndefined();
  });

  it('wait for their next attempt, and hold back only what is behind it', async () => {
    const { bench, ledger } = await waiting();
    const [first] = (await claim(bench, ledger))?.deliveries ?? [];
    if (first === undefined) throw new Error('nothing was claimed');
    const retryAt = bench.clock.now + 500;
    const why = { error: 'no leader', outcome: 'not-sent', retryAt } as const;
    await ledger.outbox.markQueued([{ id: first.row.id, recipient: GLOBEX, ...why }]);
    expect(await all(bench, ledger)).toEqual([['initech 1']]);
    expect(await ledger.outbox.nextDue(['messages'])).toBe(retryAt);
    bench.clock.now += 500;
    expect(typesOf(await claim(bench, ledger))).toEqual(['globex 1']);
  });

  it('give what waits for its next attempt to those who are eager', async () => {
    const { bench, ledger } = await waiting();
    const [first] = (await claim(bench, ledger))?.deliveries ?? [];
    if (first === undefined) throw new Error('nothing was claimed');
    const why = { error: 'x', outcome: 'not-sent', retryAt: bench.clock.now + 500 } as const;
    await ledger.outbox.markQueued([{ id: first.row.id, recipient: GLOBEX, ...why }]);
    expect(typesOf(await claim(bench, ledger, { eager: true }))).toEqual(['globex 1']);
  });

  it('leave out the lanes that are named', async () => {
    const { bench, ledger } = await waiting();
    const except = [{ kind: 'messages', recipient: GLOBEX }] as const;
    expect(await all(bench, ledger, { except })).toEqual([['initech 1']]);
  });

  it('do not let messages hold up receipts', async () => {
    const { bench, ledger } = await waiting();
    await ledger.outbox.enqueue(outgoing({ type: 'receipt', kind: 'receipt', to: [GLOBEX] }));
    expect(await all(bench, ledger, { kinds: ['answers'] })).toEqual([['receipt']]);
    expect(await all(bench, ledger)).toEqual([['globex 1'], ['initech 1']]);
  });

  it('are taken over when a lease runs out, and what was under way may have left', async () => {
    const { bench, ledger } = await waiting();
    await claim(bench, ledger);
    bench.clock.now += LEASE;
    const again = await claim(bench, ledger, { lease: { owner: 'other', until: 2e12 } });
    expect(again?.deliveries).toMatchObject([
      { row: { type: 'globex 1' }, delivery: { attempts: 2, mayHaveLeft: true } },
    ]);
  });

  it('stay with an owner that renews its lease', async () => {
    const { bench, ledger } = await waiting();
    await all(bench, ledger);
    bench.clock.now += LEASE - 1;
    await ledger.outbox.renew({ owner: 'me', until: bench.clock.now + LEASE });
    bench.clock.now += 1;
    expect(await claim(bench, bench.open())).toBeUndefined();
  });

  it('are freed at once when their owner is gone, its publish taken for possibly done', async () => {
    const { bench, ledger } = await waiting();
    await all(bench, ledger);
    expect(await ledger.outbox.releaseAbandoned((owner) => owner === 'me')).toBe(2);
    const [first] = await ledger.outbox.pending();
    expect(first?.deliveries).toMatchObject([{ state: 'queued', mayHaveLeft: true }]);
    expect(typesOf(await claim(bench, ledger))).toEqual(['globex 1']);
  });

  it('count no attempt for what was claimed and put back', async () => {
    const { bench, ledger } = await waiting();
    const lane = await claim(bench, ledger);
    const id = lane?.deliveries[0]?.row.id;
    if (id === undefined) throw new Error('nothing was claimed');
    await ledger.outbox.putBack([{ id, recipient: GLOBEX }]);
    const [first] = await ledger.outbox.pending();
    expect(first?.deliveries).toMatchObject([{ state: 'queued', attempts: 0, mayHaveLeft: false }]);
  });
});

describe('a message that expires', () => {
  it('is kept as expired, not sent and not dropped', async () => {
    const { bench, ledger } = await waiting();
    const late = outgoing({ to: [GLOBEX], expiresAt: bench.clock.now + 10 });
    await ledger.outbox.enqueue(late);
    expect(await ledger.outbox.expire(bench.clock.now + 9)).toEqual([]);
    const key = { id: late.id, recipient: GLOBEX };
    expect(await ledger.outbox.expire(bench.clock.now + 10)).toEqual([key]);
    expect(await ledger.outbox.expire(bench.clock.now + 10)).toEqual([]);
    const [row] = (await ledger.outbox.pending()).filter(({ id }) => id === late.id);
    expect(row?.deliveries).toMatchObject([{ state: 'expired' }]);
    expect(await ledger.outbox.kept(late.id)).toBeDefined();
  });
});

describe('cancelling', () => {
  it('takes out what certainly has not left, for one recipient or for all', async () => {
    const { bench, ledger } = await waiting();
    const two = outgoing({ type: 'two', to: [GLOBEX, INITECH] });
    await ledger.outbox.enqueue(two);
    expect(await ledger.outbox.cancel(two.id, [INITECH])).toEqual({
      cancelled: [INITECH],
      refused: [],
    });
    expect(await ledger.outbox.cancel(two.id)).toMatchObject({ cancelled: [GLOBEX] });
    const claimed = await all(bench, ledger, { most: { count: 10, bytes: 1_000_000 } });
    expect(claimed).toEqual([['globex 1', 'globex 2'], ['initech 1']]);
  });

  it('is refused as a whole once the outcome for one recipient is unknown', async () => {
    const ledger = ledgerBench().open();
    const two = outgoing({ to: [GLOBEX, INITECH] });
    await ledger.outbox.enqueue(two);
    const unknown = { error: 'timed out', outcome: 'unknown', retryAt: 0 } as const;
    await ledger.outbox.markQueued([{ id: two.id, recipient: GLOBEX, ...unknown }]);
    const outcome = await ledger.outbox.cancel(two.id);
    expect(outcome).toMatchObject({ cancelled: [], refused: [{ recipient: GLOBEX }] });
    const [row] = await ledger.outbox.pending();
    expect(row?.deliveries.map(({ state }) => state)).toEqual(['queued', 'queued']);
  });

  it('puts away what has failed', async () => {
    const { ledger } = await waiting();
    const [first] = await ledger.outbox.pending();
    if (first === undefined) throw new Error('nothing waits');
    await ledger.outbox.markFailed({
      id: first.id,
      recipient: GLOBEX,
      error: 'too large',
      outcome: 'unknown',
    });
    expect(await ledger.outbox.cancel(first.id)).toMatchObject({ cancelled: [GLOBEX] });
    expect(await ledger.outbox.pending()).toHaveLength(2);
  });
});

describe('what lets the author open a message again', () => {
  it('is forgotten once every recipient has it', async () => {
    const ledger = ledgerBench().open();
    const two = outgoing({ to: [GLOBEX, INITECH], ownInfo: Buffer.from('own') });
    await ledger.outbox.enqueue(two);
    const at = { partition: 0, offset: 1n };
    await ledger.outbox.markSent([{ id: two.id, recipient: GLOBEX, ...at }]);
    expect((await ledger.outbox.kept(two.id))?.ownInfo).toBeDefined();
    await ledger.outbox.markSent([{ id: two.id, recipient: INITECH, ...at }]);
    expect(await ledger.outbox.kept(two.id)).toMatchObject({ ownInfo: undefined });
  });

  it('is that of the bytes that were sealed last', async () => {
    const ledger = ledgerBench().open();
    const one = outgoing({ to: [GLOBEX], ownInfo: Buffer.from('own') });
    await ledger.outbox.enqueue(one);
    const anew = { sealed: Buffer.from('sealed anew'), ownInfo: Buffer.from('own anew') };
    await ledger.outbox.reseal(one.id, { ...one, ...anew });
    expect(await ledger.outbox.kept(one.id)).toEqual(anew);
  });

  it('goes without the sealed bytes being written anew', async () => {
    const { path, open } = ledgerBench();
    const ledger = open();
    const sealed = randomBytes(800_000);
    const large = outgoing({ to: [GLOBEX], sealed, ownInfo: Buffer.from('own') });
    await ledger.outbox.enqueue(large);
    const before = statSync(`${path}-wal`).size;
    expect(before).toBeGreaterThan(sealed.length);
    await ledger.outbox.markSent([
      { id: large.id, recipient: GLOBEX, partition: 0, offset: undefined },
    ]);
    expect(statSync(`${path}-wal`).size - before).toBeLessThan(sealed.length / 4);
  });
});
