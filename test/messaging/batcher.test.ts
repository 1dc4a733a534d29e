import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { OutboxFlusher } from '../../src/messaging/flush.js';
import {
  BOUNDS,
  type BatchBounds,
  type BatchedMessage,
  type BatchedResult,
  type BatchOptions,
} from '../../src/messaging/items/batch-request.js';
import { Batcher } from '../../src/messaging/items/batcher.js';
import { send } from '../../src/messaging/send.js';
import { listen } from '../../src/messaging/listen.js';
import { PublishOutcomeUnknown, type Transport } from '../../src/transport/port.js';
import { newTestId } from '../support/batches.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';

const BOB = parsePeerName('bob');
const PLAIN: BatchOptions = { to: BOB, contentType: 'text/plain' };

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
});

/** The log, whose publishes a test decides about. */
function logThat(publish: Transport['publish']): Transport {
  return new Proxy(sides.log, {
    get(target, name) {
      if (name === 'publish') return publish;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

type Outcome = { readonly result: BatchedResult } | { readonly error: MsgError };

/** Adds everything, and says what became of each. */
async function batch(
  messages: readonly (string | (Omit<BatchedMessage, 'payload'> & { readonly text: string }))[],
  how: { shared?: Partial<BatchOptions>; bounds?: Partial<BatchBounds>; log?: Transport } = {},
): Promise<readonly Outcome[]> {
  const deps = sides.deps(alice, how.log === undefined ? {} : { transport: how.log });
  const batcher = new Batcher(deps, { ...PLAIN, ...how.shared }, { ...BOUNDS, ...how.bounds });
  const outcomes: Promise<Outcome>[] = [];
  for (const one of messages) {
    const { text, ...own } = typeof one === 'string' ? { text: one } : one;
    await batcher.ready();
    const added = batcher.add({ payload: Buffer.from(text), ...own });
    outcomes.push(
      added.then(
        (result) => ({ result }),
        (error: unknown) => {
          if (error instanceof MsgError) return { error };
          throw error;
        },
      ),
    );
  }
  await batcher.close();
  return Promise.all(outcomes);
}

const statesOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.map((one) => ('result' in one ? one.result.state : one.error.code));

function idsOf(outcomes: readonly Outcome[]): readonly BatchedResult['id'][] {
  return outcomes.map((one) => ('result' in one ? one.result.id : expect.fail(one.error.message)));
}

/** What bob gets, as far as it has arrived. */
async function arrived(): Promise<readonly string[]> {
  const texts: string[] = [];
  const deps = sides.deps(bob);
  await listen(deps, {
    ...{ topic: 'msg.in.bob', from: { from: 'committed' }, owner: deps.owner, lanes: 1 },
    ...{ adopt: false, flush: ['answers'], untilEmpty: true, idleTimeout: undefined },
    ...{ giveUpAfter: 60_000, count: undefined, isGone: () => false, onEvent: () => undefined },
    sink: {
      async deliver({ payload }) {
        texts.push(Buffer.from(await payload.bytes()).toString());
        return {};
      },
    },
    signal: new AbortController().signal,
  });
  return texts;
}

/** Everything that waits in alice's outbox goes out. */
async function flush(): Promise<void> {
  const signal = new AbortController().signal;
  await new OutboxFlusher(sides.deps(alice), {
    ...{ kinds: ['messages'], signal, onEvent: () => undefined },
  }).once();
}

const recordsForBob = async (): Promise<number> => (await sides.records(bob)).length;
describe('a batcher', () => {
  it('sends messages in their order, in as few envelopes as the bounds allow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 60 }),
        async (texts, count, bytes) => {
          sides = await Sides.open(alice, bob);
          const outcomes = await batch(texts, { bounds: { count, bytes } });
          expect(new Set(statesOf(outcomes))).toEqual(new Set(['sent']));
          for (const { value } of await sides.records(bob)) expect(value.length).toBeGreaterThan(0);
          expect(await arrived()).toEqual(texts);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('is bounded by what a header can say', async () => {
    const cid = 'order'.padEnd(250, '.');
    const texts = Array.from({ length: 300 }, (_, n) => ({ text: String(n), cid: `${cid}${n}` }));
    const outcomes = await batch(texts);
    expect(new Set(statesOf(outcomes))).toEqual(new Set(['sent']));
    expect(await recordsForBob()).toBe(2);
    expect(await arrived()).toEqual(texts.map(({ text }) => text));
    const [last] = await sides.ledger(bob).history.list({ correlationId: `${cid}299` });
    expect(last).toMatchObject({ id: idsOf(outcomes).at(-1), correlationId: `${cid}299` });
  });

  it('sends what is in it when its first message has waited long enough', async () => {
    const batcher = new Batcher(sides.deps(alice), PLAIN, { ...BOUNDS, linger: 1 });
    expect(await batcher.add({ payload: Buffer.from('one') })).toMatchObject({ state: 'sent' });
    expect(await batcher.add({ payload: Buffer.from('two') })).toMatchObject({ state: 'sent' });
    expect(await recordsForBob()).toBe(2);
    await batcher.close();
    await expect(batcher.add({ payload: Buffer.of() })).rejects.toThrow('the batch is closed');
  });

  it('packs, where that is asked for', async () => {
    await batch(['a'.repeat(5000), 'b'.repeat(5000)], { shared: { encoding: 'gzip' } });
    const [record] = await sides.records(bob);
    expect(record?.value.length).toBeLessThan(4000);
    expect(await arrived()).toEqual(['a'.repeat(5000), 'b'.repeat(5000)]);
  });

  it('leaves each message in the ledger, by its own id', async () => {
    const outcomes = await batch(['one', { text: 'two', type: 'invoice', cid: 'PO 17' }], {
      shared: { type: 'order' },
    });
    const [first, second] = idsOf(outcomes);
    const { history } = sides.ledger(alice);
    expect(await history.list({ direction: 'out' })).toMatchObject([
      { id: first, kind: 'message', type: 'order', correlationId: first, item: { place: 0 } },
      { id: second, kind: 'message', type: 'invoice', correlationId: 'PO 17', item: { place: 1 } },
    ]);
    expect(await history.list({ correlationId: 'PO 17' })).toMatchObject([{ id: second }]);
    expect(await history.find(second ?? newTestId())).toMatchObject([
      { direction: 'out', deliveries: [{ state: 'sent' }] },
    ]);
  });
});

describe('an id that was used before', () => {
  const [a, b] = [newTestId(), newTestId()];
  const first = [
    { text: 'one', id: a },
    { text: 'two', id: b },
  ];

  it('is not sent again for the same message, and refused for another', async () => {
    await batch(first);
    expect(statesOf(await batch([...first, 'three']))).toEqual([
      'already-sent',
      'already-sent',
      'sent',
    ]);
    expect(statesOf(await batch([{ text: 'uno', id: a }, 'four']))).toEqual([
      'id-conflict',
      'sent',
    ]);
    expect(await arrived()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('is known when it comes twice at once', async () => {
    const outcomes = await batch([
      { text: 'one', id: a },
      { text: 'one', id: a },
      { text: 'x', id: a },
    ]);
    expect(statesOf(outcomes)).toEqual(['sent', 'already-sent', 'id-conflict']);
    expect(await arrived()).toEqual(['one']);
  });

  it('is known whether it went alone or in a batch', async () => {
    const alone = { to: [BOB], contentType: 'text/plain', payload: Buffer.from('one'), id: a };
    await send(alone, sides.deps(alice));
    expect(statesOf(await batch(first))).toEqual(['already-sent', 'sent']);
    const again = { ...alone, payload: Buffer.from('two'), id: b };
    expect(await send(again, sides.deps(alice))).toMatchObject({ id: b, state: 'already-sent' });
    const other = { ...alone, payload: Buffer.from('dos'), id: b };
    await expect(send(other, sides.deps(alice))).rejects.toThrow('was used for another message');
    expect(await arrived()).toEqual(['one', 'two']);
  });
});

describe('when the log cannot be reached', () => {
  const away = new MsgError('broker-unreachable', 'the broker is away');

  it('nothing is kept of what certainly did not leave, and nothing is sent after it', async () => {
    let calls = 0;
    const log = logThat((...args) =>
      ++calls === 1 ? sides.log.publish(...args) : Promise.reject(away),
    );
    const outcomes = await batch(['one', 'two', 'three', 'four'], { bounds: { count: 1 }, log });
    const failed = Array.from({ length: 3 }, () => 'broker-unreachable');
    expect(statesOf(outcomes)).toEqual(['sent', ...failed]);
    expect(await sides.ledger(alice).outbox.pending()).toEqual([]);
    expect(await arrived()).toEqual(['one']);
  });

  it('everything is kept in its order where it is to be queued, and goes out later', async () => {
    const log = logThat(() => Promise.reject(away));
    const texts = ['one', 'two', 'three'];
    const outcomes = await batch(texts, { bounds: { count: 1 }, shared: { queue: true }, log });
    expect(statesOf(outcomes)).toEqual(['queued', 'queued', 'queued']);
    expect(await arrived()).toEqual([]);
    await flush();
    expect(await arrived()).toEqual(texts);
  });

  it('what may have left is kept, and goes out again as the same bytes', async () => {
    const log = logThat(async (...args) => {
      await sides.log.publish(...args);
      throw new PublishOutcomeUnknown('the connection broke');
    });
    const outcomes = await batch(['one', 'two'], { bounds: { count: 1 }, log });
    expect(statesOf(outcomes)).toEqual(['queued', 'broker-unreachable']);
    await flush();
    expect(await recordsForBob()).toBe(2);
    expect(await arrived()).toEqual(['one']);
  });

  it('what is sealed anew after a rotation stays the same messages', async () => {
    const log = logThat(() => Promise.reject(away));
    await batch(['one', 'two'], { shared: { queue: true }, log });
    const anew = await makePeer('alice');
    const { recordOf, versionOf, ScriptedBook } = await import('../support/messaging.js');
    const versions = [versionOf(alice, { publishedAt: 0 }), versionOf(anew, { index: 1 })];
    const book = ScriptedBook.of(recordOf(anew, { certificates: versions }), recordOf(bob));
    const keys = {
      signingKey: () => Promise.resolve({ own: anew, chain: anew.chain }),
      openingKeys: () => Promise.resolve([anew, alice]),
    };
    const signal = new AbortController().signal;
    const events: string[] = [];
    await new OutboxFlusher(sides.deps(alice, { book, ...keys }), {
      ...{ kinds: ['messages'], signal, onEvent: ({ kind }) => events.push(kind) },
    }).once();
    expect(events).toEqual(['sealed-anew', 'sent']);
    expect(await recordsForBob()).toBe(1);
  });
});

describe('an inbox that takes less in one record', () => {
  it('gets smaller batches, in the same order, and refuses only what is too large alone', async () => {
    await batch(['first']);
    expect(await arrived()).toEqual(['first']);
    sides.now += 1_000;
    let other: Promise<unknown> | undefined;
    const log = logThat(async (topic, partition, records) => {
      if (records.every(({ value }) => value.length <= 4000)) {
        return sides.log.publish(topic, partition, records);
      }
      // Somebody else names the batch, which is kept and about to be cut up.
      await (other ??= batch(['other']));
      throw new MsgError('too-large', 'too large for this topic');
    });
    const texts = Array.from({ length: 12 }, (_, n) => `${n} ${'x'.repeat(n === 7 ? 5000 : 500)}`);
    const outcomes = await batch(texts, { log, bounds: { count: 5 } });
    expect(statesOf(outcomes)).toEqual(texts.map((_, n) => (n === 7 ? 'too-large' : 'sent')));
    expect(await arrived()).toEqual(['other', ...texts.filter((_, n) => n !== 7)]);
    expect(await sides.ledger(bob).streams.missing({})).toEqual([]);
    expect(await sides.ledger(alice).outbox.pending()).toEqual([]);
  });

  it('is not asked to take what is too large for any batch', async () => {
    const outcomes = await batch(['x'.repeat(1_000_000), 'y', { text: 'z', name: '../z' }, 'w']);
    expect(statesOf(outcomes)).toEqual(['too-large', 'sent', 'usage', 'sent']);
    expect(await arrived()).toEqual(['y', 'w']);
  });
});
