import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { MissedMessages, OVERTAKING } from '../../src/messaging/missed-messages.js';
import { BOUNDS } from '../../src/messaging/items/batch-request.js';
import { Batcher } from '../../src/messaging/items/batcher.js';
import { send } from '../../src/messaging/send.js';
import type { AnySendRequest } from '../../src/messaging/send-request.js';
import type { Transport } from '../../src/transport/port.js';
import { message, verified } from '../ledger/records.js';
import { instead } from '../support/instead.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';

const BOB = parsePeerName('bob');
const TEXT = { to: [BOB], contentType: 'text/plain' } as const;

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
  await sendOne();
  await sides.receive(bob);
});

/** Alice sends something, a second after what was before. */
async function sendOne(
  changes: Partial<AnySendRequest> = {},
  transport: Transport = sides.log,
): Promise<MessageId> {
  sides.now += 1_000;
  const request = { ...TEXT, payload: Buffer.from('hello'), ...changes };
  return (await send(request, sides.deps(alice, { transport }))).id;
}

/** Alice's broker says that it has the message, and loses it. */
function loseOne(changes: Partial<AnySendRequest> = {}): Promise<MessageId> {
  const publish: Transport['publish'] = (topic, partition) =>
    Promise.resolve({ topic, partition, baseOffset: 1_000n });
  return sendOne(changes, instead(sides.log, { publish }));
}

async function batch(): Promise<MessageId> {
  sides.now += 1_000;
  const batcher = new Batcher(sides.deps(alice), { to: BOB, contentType: 'text/plain' }, BOUNDS);
  const added = ['one', 'two'].map((text) => batcher.add({ payload: Buffer.from(text) }));
  await batcher.close();
  const [first] = await Promise.all(added);
  if (first === undefined) throw new Error('nothing was sent');
  return first.batch;
}

async function missing(): Promise<readonly (readonly [id: MessageId, namedBy: MessageId])[]> {
  const found = await sides.ledger(bob).streams.missing({});
  return found.map(({ id, namedBy }) => [id, namedBy]);
}

describe('a message that the log has lost', () => {
  it.each([
    ['a message', () => sendOne()],
    ['a batch', () => batch()],
    ['a payload in chunks', () => sendOne({ payload: Buffer.alloc(1_200_000, 1) })],
    ['a message to several', () => sendOne({ to: [BOB, parsePeerName('alice')] })],
  ])('is missed as soon as %s has come that follows it', async (_what, next) => {
    const lost = await loseOne();
    const named = await next();
    expect(await missing()).toEqual([]);
    await sides.receive(bob);
    expect(await missing()).toEqual([[lost, named]]);
    await next();
    await sides.receive(bob);
    expect(await missing()).toEqual([[lost, named]]);
  });

  it('is missed when it was to come in chunks', async () => {
    const lost = await loseOne({ payload: Buffer.alloc(1_200_000, 1) });
    const named = await sendOne();
    await sides.receive(bob);
    expect(await missing()).toEqual([[lost, named]]);
  });

  it('is missed although a record in its place says of itself that it is the one', async () => {
    const lost = await loseOne();
    const headers = { 'msg-from': 'alice', 'msg-id': lost };
    const forged = { key: 'alice', value: Buffer.from('what it was'), headers };
    await sides.log.publish('msg.in.bob', 0, [forged]);
    const namedBy = await sendOne();
    const { events } = await sides.receive(bob);
    expect(events.filter(({ kind }) => kind === 'missing')).toHaveLength(1);
    expect(await sides.ledger(bob).streams.missing({})).toMatchObject([
      { id: lost, namedBy, claimedBy: { reason: 'malformed' } },
    ]);
  });

  it('is missed when the one that follows it was verified and refused, which is not missed itself', async () => {
    const lost = await loseOne();
    const packed = { payload: Buffer.alloc(800_000), encoding: 'gzip' } as const;
    const refused = await sendOne(packed);
    await sendOne();
    const { summary } = await sides.receive(bob, { largestSealed: 100_000 });
    expect(summary).toMatchObject({ delivered: 1, refused: 1 });
    expect(await missing()).toEqual([[lost, refused]]);
  });
});

describe('a message that certainly never left', () => {
  /** Alice's broker takes none of it; what happens meanwhile has named it by then. */
  async function refuseOne(
    meanwhile: () => Promise<unknown>,
    changes: Partial<AnySendRequest> = {},
  ): Promise<void> {
    const publish: Transport['publish'] = async () => {
      await meanwhile();
      throw new MsgError('not-authorised', 'alice may not write');
    };
    await expect(sendOne(changes, instead(sides.log, { publish }))).rejects.toThrow('may not');
  }

  it.each([
    ['a message', () => sendOne()],
    ['a batch', () => batch()],
    ['a payload in chunks', () => sendOne({ payload: Buffer.alloc(1_200_000, 1) })],
    ['a message to several', () => sendOne({ to: [BOB, parsePeerName('alice')] })],
  ])('is missed no longer as soon as %s has come that says so', async (_what, next) => {
    await refuseOne(() => sendOne());
    await sides.receive(bob);
    expect(await missing()).toHaveLength(1);
    await next();
    await sides.receive(bob);
    expect(await missing()).toEqual([]);
  });

  it('was never missed where what says so comes before what names it', async () => {
    let named: MessageId | undefined;
    await refuseOne(async () => (named = await loseOne()));
    await sendOne();
    await sides.receive(bob);
    expect(await missing()).toEqual([[named, expect.anything()]]);
    const kept = await sides.ledger(alice).outbox.sealed(named ?? fail());
    const headers = { 'msg-v': '1' };
    await sides.log.publish('msg.in.bob', 0, [{ key: 'alice', value: kept ?? fail(), headers }]);
    await sides.receive(bob);
    expect(await missing()).toEqual([]);
  });

  it('is delivered when it is sent after all, under its id, whoever was told that it is void', async () => {
    const id = newMessageId(() => sides.now + 1_000, randomBytes);
    await refuseOne(() => sendOne(), { id });
    await sendOne();
    await sides.receive(bob);
    sides.now -= 1_000;
    expect(await sendOne({ id })).toBe(id);
    expect((await sides.receive(bob)).summary).toMatchObject({ delivered: 1, refused: 0 });
    await sendOne();
    await sides.receive(bob);
    expect(await missing()).toEqual([]);
  });
});

function fail(): never {
  throw new Error('nothing was kept');
}

describe("a sender's stream", () => {
  it('does not begin in the future because a clock is wrong in its first message', async () => {
    const carol = await makePeer('carol');
    const others = await Sides.open(carol, bob);
    const sendFrom = async (now: number, transport: Transport = others.log) => {
      const deps = others.deps(carol, { transport, clock: () => now });
      return (await send({ ...TEXT, payload: Buffer.from('hello') }, deps)).id;
    };
    await sendFrom(others.now + 365 * 86_400_000);
    expect((await others.receive(bob)).summary).toMatchObject({ refused: 1 });
    others.now += 6 * 60_000;
    const publish: Transport['publish'] = (topic, partition) =>
      Promise.resolve({ topic, partition, baseOffset: 1_000n });
    const lost = await sendFrom(others.now, instead(others.log, { publish }));
    await sendFrom(others.now + 1);
    await others.receive(bob);
    expect(await others.ledger(bob).streams.missing({})).toMatchObject([{ id: lost }]);
  });
});

describe('a listener', () => {
  it('tells once what is missing when it ends because nothing is left', async () => {
    const lost = await loseOne();
    const namedBy = await sendOne();
    const told = async () =>
      (await sides.receive(bob)).events.filter((event) => event.kind === 'missing');
    expect(await told()).toMatchObject([{ message: { sender: 'alice', id: lost, namedBy } }]);
    await sendOne();
    expect(await told()).toEqual([]);
  });

  it('that goes on tells what has been missing for ten minutes, once', async () => {
    const told: MessageId[] = [];
    const missed = new MissedMessages(sides.deps(bob), ({ id }) => told.push(id));
    sides.now += 1_000;
    const newId = () => newMessageId(() => sides.now, randomBytes);
    const [lost, id] = [newId(), newId()];
    const naming = { sender: parsePeerName('alice'), id, at: sides.now, after: [lost], voids: [] };
    const next = verified(message({ id, sender: naming.sender, naming, offset: 100 }));
    await sides.ledger(bob).inbox.receive([next], undefined);
    await missed.tick();
    sides.now += OVERTAKING - 1;
    await missed.tick();
    expect(told).toEqual([]);
    sides.now += OVERTAKING;
    await missed.tick();
    sides.now += OVERTAKING;
    await missed.tick();
    expect([told, await missing()]).toEqual([[lost], [[lost, id]]]);
  });
});
