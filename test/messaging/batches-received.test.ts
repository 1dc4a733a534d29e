import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { listen, type ListenOptions } from '../../src/messaging/listen.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import { newTestId, sealBatch, type TestItem } from '../support/batches.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { sealFor } from '../support/sealed.js';
import { Sides } from '../support/two-sides.js';

const TOPIC = 'msg.in.bob';

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
});

async function publish(value: Uint8Array): Promise<void> {
  await sides.log.publish(TOPIC, 0, [{ key: 'alice', value, headers: {} }]);
}

async function publishBatch(
  messages: readonly TestItem[],
  fields: Parameters<typeof sealBatch>[3] = {},
): ReturnType<typeof sealBatch> {
  const batch = await sealBatch(alice, bob, messages, fields);
  await publish(batch.sealed);
  return batch;
}

/** Bob listens until nothing is left; what his handler got. */
async function received(
  handle: (text: string) => void = () => undefined,
  changes: Partial<ListenOptions> = {},
): Promise<readonly string[]> {
  const texts: string[] = [];
  const deps = sides.deps(bob);
  await listen(deps, {
    ...{ topic: TOPIC, from: { from: 'committed' }, owner: deps.owner, lanes: 2, adopt: false },
    ...{ flush: ['answers'], untilEmpty: true, idleTimeout: undefined, giveUpAfter: 60_000 },
    ...{ count: undefined, isGone: () => false, onEvent: () => undefined },
    sink: {
      async deliver({ payload, replay }: IncomingDelivery) {
        const text = Buffer.from(await payload.bytes()).toString();
        handle(text);
        texts.push(replay ? `${text} again` : text);
        return {};
      },
    },
    signal: new AbortController().signal,
    ...changes,
  });
  return texts;
}

function texts(...all: string[]): readonly TestItem[] {
  return all.map((text) => ({ text }));
}

const refuse = (wanted: string) => (text: string) => {
  if (text === wanted) throw new MsgError('message-refused', 'the handler refused it: no');
};

describe('the messages of a batch', () => {
  it('are delivered in their order, each as a message of its own', async () => {
    const { id, ids } = await publishBatch(texts('one', 'two', '', 'four'), { type: 'order' });
    expect(await received()).toEqual(['one', 'two', '', 'four']);
    const { history, status } = sides.ledger(bob);
    expect((await history.list({})).map((row) => row.id)).toEqual(ids);
    expect(await history.find(ids[1] ?? id)).toMatchObject([
      {
        direction: 'in',
        kind: 'message',
        type: 'order',
        state: 'done',
        item: { batch: id, place: 1 },
      },
    ]);
    expect(await history.find(id)).toMatchObject([{ kind: 'batch', state: 'done' }]);
    expect(await history.counts()).toMatchObject({ received: 4, done: 4 });
    expect(await status.status(0)).toMatchObject({
      received: { done: 4, unpacked: 0 },
      recent: { received: 4 },
    });
  });

  it('are unpacked when the batch is packed', async () => {
    const { gzipSync } = await import('node:zlib');
    const items = [newTestId(), newTestId()].map((id) => ({ id, size: 500 }));
    const payload = gzipSync(`${'a'.repeat(500)}${'b'.repeat(500)}`);
    const fields = { kind: 'batch', items, size: 1000, encoding: 'gzip' } as const;
    await publish(await sealFor(alice, [bob], payload, { fields }));
    expect(await received()).toEqual(['a'.repeat(500), 'b'.repeat(500)]);
  });

  it('are delivered by a listener that did not receive them, and one by one when it stops between', async () => {
    await publishBatch(texts('one', 'two', 'three'));
    expect(await received(undefined, { count: 2, untilEmpty: false })).toEqual(['one', 'two']);
    expect(await received()).toEqual(['three']);
  });

  it('wait behind one of them that fails for now', async () => {
    await publishBatch(texts('one', 'two', 'three'));
    const failing = (text: string): void => {
      if (text === 'two') throw new MsgError('sink-unavailable', 'not now');
    };
    await expect(received(failing)).rejects.toThrow('not now');
    sides.now += 60_000;
    expect(await received()).toEqual(['two', 'three']);
  });

  it('are counted and not delivered when they came before, alone or in another batch', async () => {
    const id = newTestId();
    await publish(await sealFor(alice, [bob], Buffer.from('one'), { fields: { id, cid: id } }));
    const first = { text: 'one', id };
    const { ids } = await publishBatch([first, { text: 'two' }]);
    const second = { text: 'two', id: ids[1] ?? id };
    await publishBatch([first, second, { text: 'three' }]);
    expect(await received()).toEqual(['one', 'two', 'three']);
    const rows = await sides.ledger(bob).history.list({});
    expect(rows.map((row) => row.direction === 'in' && row.duplicates)).toEqual([2, 1, 0]);
  });

  it('come once when the record comes again', async () => {
    const { sealed } = await publishBatch(texts('one', 'two'));
    await publish(sealed);
    expect(await received()).toEqual(['one', 'two']);
    await publish(sealed);
    expect(await received()).toEqual([]);
  });

  it('go to quarantine alone when their id stands for other content, and stay there when retried', async () => {
    const { ids } = await publishBatch(texts('one', 'two'));
    await received();
    const batch = await publishBatch([
      ...[{ text: 'uno', id: ids[0] ?? newTestId() }, { text: 'three' }],
      { text: 'dos', id: ids[1] ?? newTestId() },
    ]);
    expect(await received()).toEqual(['three']);
    const { quarantine } = sides.ledger(bob);
    const rows = await quarantine.list({});
    expect(rows.map(({ reason, claimedId }) => [reason, claimedId])).toEqual([
      ['id-conflict', ids[0]],
      ['id-conflict', ids[1]],
    ]);
    const kept = await quarantine.sealed(rows[0]?.number ?? 0);
    expect(kept).toMatchObject({ isWhole: true });
    expect(Buffer.from(kept?.bytes ?? [])).toEqual(Buffer.from(batch.sealed));
    const { retryQuarantined } = await import('../../src/messaging/retry-quarantined.js');
    const [first] = rows;
    if (first === undefined) return expect.fail();
    expect(await retryQuarantined(first, sides.deps(bob))).toBe('conflict');
    expect(await quarantine.list({})).toHaveLength(2);
    return undefined;
  });

  it('go to quarantine alone when the handler refuses them, and can be retried', async () => {
    const { id } = await publishBatch(texts('one', 'two', 'three'));
    const refuseTwo = refuse('two');
    expect(await received(refuseTwo)).toEqual(['one', 'three']);
    const ledger = sides.ledger(bob);
    expect(await ledger.history.find(id)).toMatchObject([{ state: 'done' }]);
    const [row] = await ledger.quarantine.list({});
    expect(row).toMatchObject({ reason: 'message-refused' });
    expect(await ledger.quarantine.sealed(row?.number ?? 0)).toMatchObject({ isWhole: true });
    await ledger.quarantine.requeue(row?.number ?? 0);
    expect(await ledger.history.find(id)).toMatchObject([{ state: 'unpacked' }]);
    expect(await received()).toEqual(['two']);
    expect(await ledger.history.find(id)).toMatchObject([{ state: 'done' }]);
  });

  it('are delivered again by a look back, marked as replays', async () => {
    await publishBatch(texts('one', 'two'));
    await received();
    expect(await received(undefined, { from: { from: 'earliest' } })).toEqual([
      'one again',
      'two again',
    ]);
  });

  it('are delivered again from the ledger, by their own ids or that of their batch', async () => {
    const { replay } = await import('../../src/messaging/replay/replay.js');
    const { id, ids } = await publishBatch(texts('one', 'two'));
    await received();
    const again = async (wanted: readonly (typeof id)[]): Promise<readonly string[]> => {
      const got: string[] = [];
      await replay(
        {
          ...{ filter: { ids: wanted }, run: undefined, count: undefined },
          sink: {
            async deliver({ payload }) {
              got.push(Buffer.from(await payload.bytes()).toString());
              return {};
            },
          },
          ...{ signal: new AbortController().signal, onOutcome: () => undefined },
        },
        sides.deps(bob),
      );
      return got;
    };
    expect(await again(ids.slice(1))).toEqual(['two']);
    expect(await again([id])).toEqual(['one', 'two']);
  });
});
