import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/domain/message-id.js';
import type { PeerName } from '../../src/domain/peer-name.js';
import type { Ledger } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { GLOBEX, INITECH, newId, outgoing } from './records.js';

const MOST = 8;
const LEASE = { owner: 'me', until: 2_000_000_000_000 };

async function heads(ledger: Ledger, recipient = GLOBEX): Promise<readonly MessageId[]> {
  return (await ledger.streams.heads([recipient], MOST)).get(recipient) ?? [];
}

async function voids(ledger: Ledger, recipient = GLOBEX): Promise<readonly MessageId[]> {
  return (await ledger.streams.voids([recipient], MOST)).get(recipient) ?? [];
}

/** Keeps a message that names what it is told to, or all that is to be named; it tells what is void. */
async function keep(
  ledger: Ledger,
  { id = newId(), to = [GLOBEX], after, expiresAt }: Kept = {},
): Promise<MessageId> {
  const named = await Promise.all(
    to.map(async (peer) => ({
      peer,
      after: after ?? (await heads(ledger, peer)),
      void: await voids(ledger, peer),
    })),
  );
  await ledger.outbox.enqueue({
    ...outgoing({ id, expiresAt, header: JSON.stringify({ v: 1, to: named }) }),
    deliveries: named.map(({ peer, after: ids, void: told }) => {
      return { recipient: peer, topic: `msg.in.${peer}`, after: ids, voids: told };
    }),
  });
  return id;
}

interface Kept {
  readonly id?: MessageId;
  readonly to?: readonly PeerName[];
  readonly after?: readonly MessageId[];
  readonly expiresAt?: number;
}

describe('what the next message names as before it', () => {
  it('is the last one kept for that recipient, and of others their own', async () => {
    const ledger = ledgerBench().open();
    expect(await heads(ledger)).toEqual([]);
    const both = await keep(ledger, { to: [GLOBEX, INITECH] });
    const last = await keep(ledger);
    expect([await heads(ledger), await heads(ledger, INITECH)]).toEqual([[last], [both]]);
  });

  it('is all that were kept at the same time, in whichever process', async () => {
    const bench = ledgerBench();
    const [one, other] = [bench.open(), bench.open()];
    const first = await keep(one);
    const seen = [await heads(one), await heads(other)];
    const both = [
      await keep(one, { after: seen[0] ?? [] }),
      await keep(other, { after: seen[1] ?? [] }),
    ];
    expect(seen).toEqual([[first], [first]]);
    expect(await heads(other)).toEqual(both.sort());
    const next = await keep(one);
    expect(await heads(one)).toEqual([next]);
  });

  it('is no more than it is asked for, and what is left is named later', async () => {
    const ledger = ledgerBench().open();
    const many: MessageId[] = [];
    for (let n = 0; n < 20; n++) many.push(await keep(ledger, { after: [] }));
    const named = new Set<MessageId>();
    for (let n = 0; n < 4; n++) {
      const some = await heads(ledger);
      expect(some.length).toBeLessThanOrEqual(MOST);
      for (const id of some) named.add(id);
      await keep(ledger, { after: some });
    }
    expect(many.filter((id) => !named.has(id))).toEqual([]);
    expect(await heads(ledger)).toHaveLength(1);
  });

  it('does not pile up however many are sealed at the same time', async () => {
    const ledger = ledgerBench().open();
    for (let round = 0; round < 40; round++) {
      const named: (readonly MessageId[])[] = [];
      for (let n = 0; n < 30; n++) named.push(await heads(ledger));
      await Promise.all(named.map((after) => keep(ledger, { after })));
    }
    const all = await ledger.streams.heads([GLOBEX], 10_000);
    expect(all.get(GLOBEX)?.length).toBeLessThan(100);
  });

  it('is nothing for a message that has no place in the stream, such as a receipt', async () => {
    const ledger = ledgerBench().open();
    await ledger.outbox.enqueue(outgoing({ kind: 'receipt' }));
    expect(await heads(ledger)).toEqual([]);
  });

  it('is counted once when the same message is kept again', async () => {
    const ledger = ledgerBench().open();
    const one = outgoing();
    const addressed = { ...one, deliveries: one.deliveries.map((to) => ({ ...to, after: [] })) };
    await ledger.outbox.enqueue(addressed);
    const next = await keep(ledger);
    await ledger.outbox.enqueue(addressed);
    expect(await heads(ledger)).toEqual([next]);
  });

  it.each([
    ['was cancelled', (ledger: Ledger, id: MessageId) => ledger.outbox.cancel(id)],
    ['was taken back', (ledger: Ledger, id: MessageId) => ledger.outbox.forget(id)],
    ['has expired', (ledger: Ledger) => ledger.outbox.expire(LEASE.until)],
  ])('is what came before a message that never left and %s', async (_what, takeBack) => {
    const ledger = ledgerBench().open();
    const sent = await keep(ledger);
    await ledger.outbox.markSent([{ id: sent, recipient: GLOBEX, partition: 0, offset: 1n }]);
    const never = await keep(ledger, { expiresAt: LEASE.until });
    await takeBack(ledger, never);
    expect(await heads(ledger)).toEqual([sent]);
  });

  it('is not what was cancelled itself, when the one that named it is cancelled, too', async () => {
    const ledger = ledgerBench().open();
    const sent = await keep(ledger);
    const [former, latter] = [await keep(ledger), await keep(ledger)];
    await ledger.outbox.cancel(former);
    expect(await heads(ledger)).toEqual([sent, latter].sort());
    await ledger.outbox.cancel(latter);
    expect(await heads(ledger)).toEqual([sent]);
  });

  it('is a message that has expired when it may have left', async () => {
    const ledger = ledgerBench().open();
    const id = await keep(ledger, { expiresAt: LEASE.until });
    await ledger.outbox.beginPublish({ id, recipient: GLOBEX }, { owner: 'me', until: 0 });
    await ledger.outbox.expire(LEASE.until);
    expect(await heads(ledger)).toEqual([id]);
  });

  it('stays when the message itself is pruned', async () => {
    const ledger = ledgerBench().open();
    const id = await keep(ledger);
    await ledger.outbox.markSent([{ id, recipient: GLOBEX, partition: 0, offset: 1n }]);
    const all = { before: LEASE.until, ids: { held: [] } };
    expect(await ledger.pruning.step(all, 100)).toMatchObject({ sentIds: 1 });
    expect(await heads(ledger)).toEqual([id]);
  });
});

const TAKE_BACK: readonly [string, (ledger: Ledger, id: MessageId) => Promise<unknown>][] = [
  ['was cancelled', (ledger, id) => ledger.outbox.cancel(id)],
  ['was taken back', (ledger, id) => ledger.outbox.forget(id)],
  ['has expired', (ledger) => ledger.outbox.expire(LEASE.until)],
  ['failed for good', (ledger, id) => fail(ledger, id)],
];

const fail = (ledger: Ledger, id: MessageId, outcome: 'not-sent' | 'unknown' = 'not-sent') =>
  ledger.outbox.markFailed({ id, recipient: GLOBEX, error: 'too large', outcome });

describe('what the next message declares void', () => {
  it.each(TAKE_BACK)('is one that %s after another had named it, once', async (_what, takeBack) => {
    const ledger = ledgerBench().open();
    const never = await keep(ledger, { expiresAt: LEASE.until });
    await keep(ledger, { to: [GLOBEX, INITECH] });
    await takeBack(ledger, never);
    expect([await voids(ledger), await voids(ledger, INITECH)]).toEqual([[never], []]);
    await keep(ledger);
    expect(await voids(ledger)).toEqual([]);
  });

  it.each(TAKE_BACK)(
    'is one that %s while another was sealed that names it',
    async (_, takeBack) => {
      const ledger = ledgerBench().open();
      const never = await keep(ledger, { expiresAt: LEASE.until });
      const seen = await heads(ledger);
      await takeBack(ledger, never);
      expect(await voids(ledger)).toEqual([]);
      await keep(ledger, { after: seen });
      expect(await voids(ledger)).toEqual([never]);
    },
  );

  it('is one that is named again after the one that named it first was taken back, as others have', async () => {
    const ledger = ledgerBench().open();
    const never = await keep(ledger);
    const seen = await heads(ledger);
    const first = await keep(ledger, { after: seen });
    await keep(ledger, { after: seen });
    await ledger.outbox.forget(first);
    expect(await heads(ledger)).toContain(never);
    await ledger.outbox.forget(never);
    expect(await voids(ledger)).toEqual([never]);
  });

  it('is none that nobody has named, nor one that two have named and that is to come', async () => {
    const ledger = ledgerBench().open();
    const sent = await keep(ledger);
    const unnamed = await keep(ledger);
    await ledger.outbox.forget(unnamed);
    await keep(ledger, { after: [sent] });
    await keep(ledger, { after: [sent] });
    expect(await voids(ledger)).toEqual([]);
  });

  it('is void once more where the message that said so never left either', async () => {
    const ledger = ledgerBench().open();
    const never = await keep(ledger);
    await keep(ledger);
    await ledger.outbox.forget(never);
    const teller = await keep(ledger);
    expect(await voids(ledger)).toEqual([]);
    await ledger.outbox.forget(teller);
    expect(await voids(ledger)).toEqual([never]);
  });

  it.each(['not-sent', 'unknown'] as const)(
    'is one that failed where its publish had begun, unless that may have left: %s',
    async (outcome) => {
      const ledger = ledgerBench().open();
      const never = await keep(ledger);
      await keep(ledger);
      await ledger.outbox.beginPublish({ id: never, recipient: GLOBEX }, LEASE);
      await fail(ledger, never, outcome);
      expect(await voids(ledger)).toEqual(outcome === 'not-sent' ? [never] : []);
    },
  );

  it('is one that failed once, also when it is put away after that', async () => {
    const ledger = ledgerBench().open();
    const never = await keep(ledger);
    const last = await keep(ledger);
    await fail(ledger, never);
    await fail(ledger, never);
    await keep(ledger);
    await ledger.outbox.cancel(never);
    expect(await voids(ledger)).toEqual([]);
    expect(await heads(ledger)).not.toContain(last);
  });

  it('is none that failed and is forgotten, where nobody has named it', async () => {
    const ledger = ledgerBench().open();
    const never = await keep(ledger);
    await fail(ledger, never);
    expect(await ledger.outbox.forget(never)).toBe(true);
    expect(await voids(ledger)).toEqual([]);
  });

  it.each(['retry', 'send'])('is none that failed and is sent after all: %s', async (how) => {
    const ledger = ledgerBench().open();
    const id = await keep(ledger);
    await keep(ledger);
    await fail(ledger, id);
    if (how === 'retry') expect(await ledger.outbox.retry(id)).toBe(1);
    else await ledger.outbox.beginPublish({ id, recipient: GLOBEX }, LEASE);
    expect(await voids(ledger)).toEqual([]);
  });

  it('is none that is kept again under its id, whoever had said so before', async () => {
    const ledger = ledgerBench().open();
    const id = await keep(ledger);
    await keep(ledger);
    await ledger.outbox.forget(id);
    const teller = await keep(ledger);
    expect(await keep(ledger, { id })).toBe(id);
    await ledger.outbox.cancel(teller);
    expect(await voids(ledger)).not.toContain(id);
    expect(await heads(ledger)).toContain(id);
  });

  it('is no receipt: nobody has named it', async () => {
    const ledger = ledgerBench().open();
    const receipt = outgoing({ kind: 'receipt' });
    await ledger.outbox.enqueue(receipt);
    await ledger.outbox.forget(receipt.id);
    expect(await voids(ledger)).toEqual([]);
  });

  it('is no more than fits, the oldest first', async () => {
    const ledger = ledgerBench().open();
    const never: MessageId[] = [];
    for (let n = 0; n < 10; n++) never.push(await keep(ledger, { after: [] }));
    await keep(ledger, { after: never });
    for (const id of never) await ledger.outbox.forget(id);
    const first = await voids(ledger);
    await keep(ledger);
    expect([first, await voids(ledger)]).toEqual([
      [...never].sort().slice(0, 8),
      [...never].sort().slice(8),
    ]);
  });
});
