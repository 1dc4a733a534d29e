import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OutgoingItem, OutgoingMessage } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { GLOBEX, newId, outgoing } from './records.js';

function item(over: Partial<OutgoingItem> = {}): OutgoingItem {
  const digest = randomBytes(32).toString('hex');
  const plain = { type: undefined, correlationId: undefined };
  return { id: newId(), isChosen: true, digest, ...plain, ...over };
}

function batchOf(items: readonly OutgoingItem[], over: Partial<OutgoingMessage> = {}) {
  const header = JSON.stringify({ items: items.map(({ id }) => ({ id, size: 1 })) });
  return { ...outgoing({ kind: 'batch', to: [GLOBEX], header, type: 'order', ...over }), items };
}

describe('the messages of a batch that goes out', () => {
  it('are listed in their order, with what they have from their batch and of their own', async () => {
    const { outbox, history } = ledgerBench().open();
    // Not in the order of their ids, in which the ledger has them.
    const items = [item(), item({ type: 'invoice' }), item({ correlationId: 'PO 17' })].reverse();
    await outbox.enqueueBatch(batchOf(items, { correlationId: 'PO 16' }));
    const common = { direction: 'out', kind: 'message' };
    expect(await history.list({ direction: 'out' })).toMatchObject(
      items.map(({ id, digest, type = 'order', correlationId = 'PO 16' }, place) => {
        return { ...common, id, digest, type, correlationId, item: { place } };
      }),
    );
    const own = await history.list({ correlationId: 'PO 17' });
    expect(own.map(({ id }) => id)).toEqual([items[0]?.id]);
  });

  it('have their own id for a correlation id where nobody gave one', async () => {
    const { outbox, history } = ledgerBench().open();
    const one = item();
    await outbox.enqueueBatch(batchOf([one]));
    expect(await history.find(one.id)).toMatchObject([{ id: one.id, correlationId: one.id }]);
  });

  it('keep their ids from being used again, and nothing is kept then', async () => {
    const { outbox } = ledgerBench().open();
    const [first, second] = [batchOf([item(), item()]), batchOf([item()])];
    await outbox.enqueueBatch(first);
    const taken = { id: first.items[1]?.id, digest: first.items[1]?.digest, message: first.id };
    const again = batchOf([...second.items, ...first.items.slice(1)]);
    expect(await outbox.enqueueBatch(again)).toEqual({ taken: [taken] });
    expect(await outbox.taken(second.items.map(({ id }) => id))).toEqual([]);
    // One that was made for it and is taken all the same must not go out either.
    const blind = batchOf(again.items.map((one) => ({ ...one, isChosen: false })));
    await expect(outbox.enqueueBatch(blind)).rejects.toThrow();
    expect(await outbox.taken(second.items.map(({ id }) => id))).toEqual([]);
  });

  it('leave nothing of them when their batch is taken back', async () => {
    const { outbox } = ledgerBench().open();
    const [gone, stays] = [batchOf([item(), item()]), batchOf([item()])];
    for (const batch of [gone, stays]) await outbox.enqueueBatch(batch);
    expect(await outbox.forget(gone.id)).toBe(true);
    expect(await outbox.taken(gone.items.map(({ id }) => id))).toEqual([]);
    expect(await outbox.taken(stays.items.map(({ id }) => id))).toHaveLength(1);
    expect(await outbox.enqueueBatch(batchOf(gone.items))).toHaveProperty('row');
  });
});
