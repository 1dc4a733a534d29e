import { Readable } from 'node:stream';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { makeLargePeers } from '../support/large-inbox.js';
import { LargeOutbox, SIZE } from '../support/large-outbox.js';
import { FILE_LIMITS } from '../support/messaging.js';
import type { TestPeer } from '../support/pki.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let box: LargeOutbox;

beforeAll(async () => {
  ({ alice, bob, carol } = await makeLargePeers());
});
beforeEach(async () => {
  box = await LargeOutbox.open({ alice, bob, carol });
});

/** So long after something was sent in chunks it is sent again, if nobody has confirmed it. */
const LATER = 2 * 86_400_000;

function receiptsOf(peer: TestPeer, id: string) {
  return box.sides
    .ledger(peer)
    .receipts.list({})
    .then((rows) => rows.filter((row) => row.id === id).map((row) => `${row.peer} ${row.says}`));
}

test('what was sent in chunks and confirmed is not kept, and not sent again', async () => {
  const { id } = await box.send({ payload: { stream: Readable.from([box.content]) } });
  await box.sides.receive(bob);
  await box.sides.receive(alice);
  expect(await receiptsOf(alice, id)).toEqual(['bob received']);
  expect(await box.sides.ledger(alice).outgoing.list()).toEqual([]);
  const records = (await box.sides.records(bob)).length;
  box.sides.now += LATER;
  await box.sides.receive(alice);
  await box.flush();
  expect(await box.sides.records(bob)).toHaveLength(records);
  expect(await box.spooled()).toEqual([]);
});

test('what waits to be sent again is not, once it is confirmed', async () => {
  const { id } = await box.send();
  await box.sides.receive(bob);
  const key = { sentBefore: box.sides.now + 1, rounds: 3 };
  expect(await box.sides.ledger(alice).outgoing.sendAgain(key)).toHaveLength(1);
  await box.sides.receive(alice);
  const records = (await box.sides.records(bob)).length;
  await box.flush();
  expect(await box.sides.records(bob)).toHaveLength(records);
  const [row] = await box.sides.ledger(alice).history.find(id);
  expect(row).toMatchObject({ deliveries: [{ recipient: 'bob', state: 'sent' }] });
});

test('what was confirmed before its sender could note that it was sent, has been sent', async () => {
  const { id } = await box.send();
  await box.sides.receive(bob);
  const { outbox, outgoing, history } = box.sides.ledger(alice);
  await outgoing.sendAgain({ sentBefore: box.sides.now + 1, rounds: 3 });
  const lease = { owner: 'alice:9:killed', until: box.sides.now + 60_000 };
  const most = { count: 1, bytes: 1_000_000 };
  await outbox.claim({ lease, kinds: ['messages'], most, except: [], eager: true });
  await box.sides.receive(alice);
  const [row] = await history.find(id);
  expect(row).toMatchObject({ deliveries: [{ recipient: 'bob', state: 'sent' }] });
  expect(await outbox.pending()).toEqual([]);
});

test('what a recipient rejects is sent to it no more; the others are waited for', async () => {
  const to = [bob, carol].map(({ name }) => parsePeerName(name));
  const { id } = await box.send({ to });
  await box.sides.receive(bob);
  await box.sides.receive(carol, { fileLimits: { ...FILE_LIMITS, largest: SIZE - 1 } });
  await box.sides.receive(alice);
  expect((await receiptsOf(alice, id)).sort()).toEqual(['bob received', 'carol rejected']);
  expect(await box.sides.ledger(alice).outgoing.list()).toEqual([]);
});

test('with both receipts asked for, both come', async () => {
  const { id } = await box.send({ receipt: ['processed'] });
  await box.sides.receive(bob);
  await box.sides.receive(alice);
  expect((await receiptsOf(alice, id)).sort()).toEqual(['bob processed', 'bob received']);
});
