import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { OutboxFlusher, type FlushEvent } from '../../src/messaging/flush.js';
import { BOUNDS, type BatchOptions } from '../../src/messaging/items/batch-request.js';
import { Batcher } from '../../src/messaging/items/batcher.js';
import { send } from '../../src/messaging/send.js';
import type { Transport } from '../../src/transport/port.js';
import { PublishOutcomeUnknown } from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';

const BOB = parsePeerName('bob');
/** What bob's inbox takes in one record, in bytes. */
const LARGEST = 6_000;
const TOO_LARGE = new MsgError('too-large', 'a record is too large');

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
  // Bob's stream begins with it: what was made before is never missed.
  await one('first');
  await sides.receive(bob);
  sides.now += 1_000;
});

/** The brokers do not answer: nobody can tell what the inbox takes, either. */
function away(error: Error = new MsgError('broker-unreachable', 'nobody there')): Transport {
  const fail = (): Promise<never> => Promise.reject(error);
  return instead(sides.log, { publish: fail, limits: fail });
}

/** As a broker does whose topic takes less: of several records those before the one may be appended. */
function narrow(): Transport {
  const publish: Transport['publish'] = async (topic, partition, records) => {
    const end = records.findIndex(({ value }) => value.length > LARGEST);
    if (end === -1) return sides.log.publish(topic, partition, records);
    if (end === 0) throw TOO_LARGE;
    await sides.log.publish(topic, partition, records.slice(0, end));
    throw new PublishOutcomeUnknown('some may have been appended', { cause: TOO_LARGE });
  };
  const limits: Transport['limits'] = async (topic) => {
    return { ...(await sides.log.limits(topic)), largestValue: LARGEST };
  };
  return instead(sides.log, { publish, limits });
}

async function one(text: string, transport: Transport = sides.log) {
  const request = { to: [BOB], payload: Buffer.from(text), contentType: 'text/plain' };
  return (await send({ ...request, queue: true }, sides.deps(alice, { transport }))).id;
}

/** Alice's messages are kept in one batch, since nobody can tell that it is too large. */
async function keep(sizes: readonly number[], changes: Partial<BatchOptions> = {}) {
  const shared = { to: BOB, contentType: 'text/plain', queue: true, ...changes };
  const batcher = new Batcher(sides.deps(alice, { transport: away() }), shared, BOUNDS);
  const added = sizes.map((size, n) => batcher.add({ payload: Buffer.alloc(size, 97 + (n % 26)) }));
  await batcher.close();
  const kept = await Promise.all(added);
  expect(new Set(kept.map(({ state, batch }) => `${state} ${batch}`)).size).toBe(1);
  return kept.map(({ id }) => id);
}

async function flush(transport: Transport = narrow()): Promise<readonly FlushEvent[]> {
  const events: FlushEvent[] = [];
  const flusher = new OutboxFlusher(sides.deps(alice, { transport }), {
    kinds: ['answers', 'messages'],
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  await flusher.once();
  return events;
}

/** What bob gets now, in its order. */
async function delivered(): Promise<readonly string[]> {
  const { events } = await sides.receive(bob);
  return events.flatMap((event) => (event.kind === 'delivered' ? [event.message.header.id] : []));
}

async function missing(): Promise<readonly unknown[]> {
  sides.now += 1_000;
  await one('next');
  await sides.receive(bob);
  return sides.ledger(bob).streams.missing({});
}

function fail(): never {
  throw new Error('nothing was kept');
}

const many = (count: number): readonly number[] => Array.from({ length: count }, () => 700);

describe('a batch that was kept when nobody could tell what the inbox takes', () => {
  it('goes in parts with its messages as they were, before what was kept after it', async () => {
    const before = await one('before', away());
    const ids = await keep(many(40));
    const after = await one('after', away());
    const events = await flush();
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'cut-up')).toHaveLength(1);
    expect(await sides.ledger(alice).outbox.pending()).toEqual([]);
    const values = (await sides.records(bob)).map(({ value }) => value.length);
    expect(Math.max(...values)).toBeLessThanOrEqual(LARGEST);
    expect(await delivered()).toEqual([before, ...ids, after]);
    expect(await missing()).toEqual([]);
  });

  it('waits to be cut up when one of its messages is sent again', async () => {
    const [id = fail(), ...others] = await keep(many(20));
    const payload = Buffer.alloc(700, 97);
    const request = { to: [BOB], payload, contentType: 'text/plain', id };
    const { state } = await send(request, sides.deps(alice, { transport: narrow() }));
    expect(state).toBe('queued');
    await flush();
    expect(await delivered()).toEqual([id, ...others]);
  });

  it('is known by the ids of its messages, wherever they went', async () => {
    const ids = await keep(many(20), { encoding: 'gzip', type: 'order' });
    await flush();
    const { history } = sides.ledger(alice);
    const listed = await history.list({ direction: 'out', limit: 100 });
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
    for (const id of ids) {
      const [row] = await history.find(id);
      const deliveries = [{ recipient: 'bob', state: 'sent' }];
      expect(row).toMatchObject({ id, type: 'order', kind: 'message', deliveries });
    }
    expect(await delivered()).toEqual(ids);
  });

  it('has the receipts for its messages', async () => {
    const ids = await keep(many(20), { receipt: ['received'] });
    await flush();
    await sides.receive(bob);
    await sides.receive(alice);
    for (const id of ids) {
      const receipts = await sides.ledger(alice).receipts.list({ id });
      expect(receipts).toMatchObject([{ id, peer: 'bob', says: 'received' }]);
    }
  });

  it('leaves out only what is too large by itself, and says so', async () => {
    const ids = await keep([...many(10), 7_000, ...many(10)]);
    const large = ids[10] ?? fail();
    const events = await flush();
    const failed = events.filter(({ kind }) => kind === 'failed');
    expect(failed).toMatchObject([{ error: { code: 'too-large' } }]);
    expect(await delivered()).toEqual(ids.filter((id) => id !== large));
    const [row] = await sides.ledger(alice).history.find(large);
    expect(row).toMatchObject({ id: large, deliveries: [{ state: 'failed' }] });
  });

  it('is delivered once where an attempt may have had it appended', async () => {
    const ids = await keep(many(20));
    // Its record was taken, and nobody heard of it; then the inbox became narrow.
    const transport = instead(sides.log, {
      publish: async (...args) => {
        await sides.log.publish(...args);
        throw new PublishOutcomeUnknown('the connection broke');
      },
    });
    await flush(transport);
    await flush();
    expect(await sides.ledger(alice).outbox.pending()).toEqual([]);
    expect(await delivered()).toEqual(ids);
    expect(await missing()).toEqual([]);
  });

  it('is missed by nobody where it was named before it went in parts', async () => {
    const ids = await keep(many(20));
    await flush(away(new Error('the connection broke')));
    const after = await one('after', away());
    await flush();
    expect(await delivered()).toEqual([...ids, after]);
    expect(await missing()).toEqual([]);
  });

  it('comes to an end where the log takes less than it says', async () => {
    const ids = await keep([...many(10), 7_000]);
    const limits: Transport['limits'] = (topic) => sides.log.limits(topic);
    const events = await flush(instead(narrow(), { limits }));
    expect(events.filter(({ kind }) => kind === 'cut-up').length).toBeGreaterThan(1);
    expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    expect(await delivered()).toEqual(ids.slice(0, 10));
  });

  it('waits where it cannot be sealed anew now', async () => {
    const ids = await keep(many(20));
    const limits: Transport['limits'] = () =>
      Promise.reject(new MsgError('broker-unreachable', 'nobody tells'));
    const events = await flush(instead(narrow(), { limits }));
    expect(events).toMatchObject([{ kind: 'waits' }]);
    await flush();
    expect(await delivered()).toEqual(ids);
  });
});

it('is left to the process that has taken it in hand meanwhile', async () => {
  const ids = await keep(many(20));
  const log = narrow();
  const other = { owner: 'bob:9:cd', until: sides.now + 60_000 };
  const limits: Transport['limits'] = async (topic) => {
    const [row] = await sides.ledger(alice).outbox.pending();
    if (row !== undefined) {
      await sides.ledger(alice).outbox.beginPublish({ id: row.id, recipient: BOB }, other);
    }
    return log.limits(topic);
  };
  const events = await flush(instead(log, { limits }));
  expect(events).toEqual([]);
  const [row] = await sides.ledger(alice).outbox.pending();
  expect(row?.deliveries).toMatchObject([{ state: 'publishing' }]);
  sides.now += 60_000;
  await flush();
  expect(await delivered()).toEqual(ids);
});
