import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { BOUNDS } from '../../src/messaging/items/batch-request.js';
import { Batcher } from '../../src/messaging/items/batcher.js';
import { listen } from '../../src/messaging/listen.js';
import { newTestId } from '../support/batches.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
});

interface Text {
  readonly text: string;
  readonly id?: MessageId;
}

/** Alice sends texts in one batch that asks for both receipts. */
async function send(texts: readonly Text[]): Promise<readonly MessageId[]> {
  const shared = { to: parsePeerName('bob'), contentType: 'text/plain' };
  const options = { ...shared, receipt: ['received', 'processed'] } as const;
  const batcher = new Batcher(sides.deps(alice), options, BOUNDS);
  const sent = texts.map(({ text, ...own }) => batcher.add({ payload: Buffer.from(text), ...own }));
  await batcher.close();
  return (await Promise.all(sent)).map(({ id }) => id);
}

/** A peer listens until nothing is left, and refuses some texts. */
async function listenAs(peer: TestPeer, refused: readonly string[] = []): Promise<void> {
  const deps = sides.deps(peer);
  await listen(deps, {
    ...{ topic: `msg.in.${peer.name}`, from: { from: 'committed' }, owner: deps.owner, lanes: 1 },
    ...{ adopt: false, flush: ['answers'], untilEmpty: true, idleTimeout: undefined },
    ...{ giveUpAfter: 60_000, count: undefined, isGone: () => false, onEvent: () => undefined },
    sink: {
      async deliver({ payload }) {
        const text = Buffer.from(await payload.bytes()).toString();
        if (refused.includes(text)) throw new MsgError('message-refused', 'no');
        return {};
      },
    },
    signal: new AbortController().signal,
  });
}

/** What alice knows of a message. */
async function saidOf(id: MessageId | undefined): Promise<readonly string[]> {
  const rows = await sides.ledger(alice).receipts.list({ id: id ?? newTestId() });
  return rows.map(({ says, reason }) => (reason === undefined ? says : `${says}: ${reason}`));
}

it('one receipt answers a batch, and is found by each of its messages', async () => {
  const [one, two] = await send([{ text: 'one' }, { text: 'two' }]);
  await listenAs(bob);
  expect(await sides.records(alice)).toHaveLength(2);
  await listenAs(alice);
  expect(await saidOf(one)).toEqual(['received', 'processed']);
  expect(await saidOf(two)).toEqual(['received', 'processed']);
  const receipts = await sides.ledger(alice).receipts.list({});
  expect(receipts).toHaveLength(2);
  const [ofItem] = await sides.ledger(alice).receipts.list({ id: two ?? newTestId() });
  expect(ofItem).toMatchObject({ id: two, batch: receipts[0]?.id });
});

it('a receipt does not speak for what the recipient refused, until that is done after all', async () => {
  const [one, two, three] = await send([{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
  await listenAs(bob, ['two']);
  await listenAs(alice);
  expect(await saidOf(one)).toEqual(['received', 'processed']);
  expect(await saidOf(two)).toEqual(['received', 'rejected: message-refused']);
  expect(await saidOf(three)).toEqual(['received', 'processed']);
  const { quarantine } = sides.ledger(bob);
  const [row] = await quarantine.list({});
  await quarantine.requeue(row?.number ?? 0);
  await listenAs(bob);
  await listenAs(alice);
  expect((await saidOf(two)).at(-1)).toBe('processed');
});

it('a receipt does not speak for a message whose id stands for another one', async () => {
  const id = newTestId();
  await send([{ text: 'one', id }]);
  await listenAs(bob);
  // Another ledger of the same sender does not know what this one has sent.
  const other = await Sides.open(alice, bob);
  const [record] = await sides.records(bob);
  const { log } = other;
  if (record === undefined) return expect.fail('nothing was sent');
  sides = other;
  await log.publish('msg.in.bob', 0, [{ key: 'alice', value: record.value, headers: {} }]);
  const [again, two] = await send([{ text: 'uno', id }, { text: 'two' }]);
  await listenAs(bob);
  await listenAs(alice);
  expect(await saidOf(again)).toEqual(['rejected: id-conflict', 'rejected: id-conflict']);
  expect(await saidOf(two)).toEqual(['received', 'processed']);
  return undefined;
});

it('a batch whose receipts are lost gets them again when it comes again', async () => {
  await send([{ text: 'one' }]);
  await listenAs(bob);
  sides.now += 61_000;
  const [record] = await sides.records(bob);
  await sides.log.publish('msg.in.bob', 0, [
    { key: 'alice', value: record?.value ?? Buffer.of(), headers: {} },
  ]);
  await listenAs(bob);
  expect((await sides.records(alice)).length).toBe(4);
});
