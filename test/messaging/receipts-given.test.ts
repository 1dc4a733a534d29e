import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { open } from '../../src/envelope/open.js';
import type { Header } from '../../src/envelope/header.js';
import type { Opened } from '../../src/envelope/types.js';
import { MsgError } from '../../src/errors.js';
import { withAnswer } from '../../src/messaging/receipts/give.js';
import { payOwed } from '../../src/messaging/receipts/pay-owed.js';
import { readRejection } from '../../src/messaging/receipts/rejection.js';
import { DeliveryBench, makePeers, type Peers, type TestSink } from '../support/deliveries.js';
import { recordOf, ScriptedBook } from '../support/messaging.js';
import { makePeer } from '../support/pki.js';
import { LIMITS, MOMENT } from '../support/sealed.js';
import { sideOf, type Side } from '../support/side.js';
import { until } from '../support/until.js';

const MINUTE = 60_000;
let peers: Peers;
let bench: DeliveryBench;
let sender: Side;
let message: Opened;
let sealed: Uint8Array;

beforeAll(async () => {
  peers = await makePeers();
});
beforeEach(() => {
  bench = new DeliveryBench(peers);
  const records = [recordOf(peers.alice), recordOf(peers.bob), recordOf(peers.carol)];
  sender = sideOf(peers.alice, records, { clock: () => bench.now });
});

/** Alice sends bob a message; his ledger takes it in as a listener would. */
async function receive(fields: Partial<Header> = {}): Promise<void> {
  message = await sender.send([peers.bob], 'hello', fields);
  sealed = (await sender.ledger.outbox.sealed(message.header.id)) ?? Buffer.of();
  const record = await withAnswer(await bench.side.inspect(sealed), bench.side.deps);
  await bench.side.keep(record);
}

/** Bob's deliverer settles everything that is there. */
async function deliver(sink: TestSink): Promise<void> {
  const work = bench.deliverTo(sink);
  await until('nothing is left', async () => (await bench.ledger.inbox.undelivered()) === 0);
  await work.stop();
}

/** What bob's outbox holds for alice, as she opens it. */
async function given(): Promise<readonly Opened[]> {
  const out: Opened[] = [];
  for (const { id } of await bench.ledger.outbox.pending()) {
    const bytes = (await bench.ledger.outbox.sealed(id)) ?? Buffer.of();
    out.push(await open(bytes, [peers.alice], LIMITS));
  }
  return out;
}

/** Everything that bob gave arrives at alice's, who keeps it; what she knows then. */
async function arrive(): Promise<readonly string[]> {
  for (const { id } of await bench.ledger.outbox.pending()) {
    const bytes = (await bench.ledger.outbox.sealed(id)) ?? Buffer.of();
    expect(await sender.keep((await sender.inspect(bytes)).record)).toBe('receipt');
  }
  const known = await sender.ledger.receipts.list({ id: message.header.id });
  return known.map(({ says }) => says);
}

const refuse = (): never => {
  throw new MsgError('message-refused', 'the handler refused it: no such order');
};

describe('a recipient', () => {
  it('signs for what it has received, and later for what it has processed', async () => {
    await receive();
    expect((await given()).map(({ header }) => header.attests)).toEqual(['received']);
    await deliver(() => undefined);
    const [, processed] = await given();
    expect(processed?.header).toMatchObject({
      ...{ kind: 'receipt', attests: 'processed', from: 'bob', replyTo: message.header.id },
      to: [{ peer: 'alice' }],
    });
    expect(await arrive()).toEqual(['received', 'processed']);
  });

  it('keeps to what was asked for', async () => {
    await receive({ receipt: ['processed'] });
    expect(await given()).toEqual([]);
    await deliver(() => undefined);
    expect(await arrive()).toEqual(['processed']);
  });

  it('gives nothing that nobody asked for', async () => {
    await bench.receive(peers.alice, ['hello', 'again']);
    await deliver((text) => (text === 'again' ? refuse() : undefined));
    expect(await bench.ledger.answers.list({})).toEqual([]);
    expect(await given()).toEqual([]);
  });

  it('says processed only once the message is there for good', async () => {
    await receive({ receipt: ['processed'] });
    let tries = 0;
    const work = bench.deliverTo(() => {
      if (++tries === 1) throw new MsgError('sink-unavailable', 'not now');
    });
    await until('it was tried', async () => (await bench.ledger.lanes.blocked()).length === 1);
    expect(await given()).toEqual([]);
    bench.now += MINUTE;
    work.deliverer.wake();
    await work.untilDelivered(1);
    await work.stop();
    expect(await arrive()).toEqual(['processed']);
  });

  it('passes on why its application refused the message', async () => {
    await receive({ receipt: ['processed'] });
    await deliver(refuse);
    expect(await arrive()).toEqual(['rejected']);
    expect(await sender.ledger.receipts.list({})).toMatchObject([
      { reason: 'message-refused', detail: 'the handler refused it: no such order' },
    ]);
  });

  it('passes on nothing of what went wrong in its own house', async () => {
    await receive();
    await deliver(() => {
      throw new MsgError('file-exists', '/srv/secret/plans.txt is there already');
    });
    const [, rejection] = await given();
    expect(rejection && readRejection(rejection.payload)).toMatchObject({
      ...{ id: message.header.id, reason: 'file-exists', detail: undefined },
    });
    expect(Buffer.from(rejection?.payload ?? '').toString()).not.toContain('secret');
  });

  it('tells that a message has expired', async () => {
    await receive({ receipt: ['processed'], expires: MOMENT + 1 });
    bench.now += 2;
    await deliver(() => undefined);
    expect(await arrive()).toEqual(['rejected']);
    const [rejected] = await sender.ledger.receipts.list({});
    expect(rejected?.reason).toBe('expired');
  });

  it('tells a proven sender that its clock is wrong', async () => {
    await receive({ sent: MOMENT + 10 * MINUTE });
    expect(await arrive()).toEqual(['rejected']);
    expect(await sender.ledger.receipts.list({})).toMatchObject([{ reason: 'from-the-future' }]);
  });

  it('says nothing to a sender that has not proven its name', async () => {
    const impostor = sideOf(await makePeer('alice'), [recordOf(peers.bob)]);
    const { header } = await impostor.send([peers.bob], 'hello');
    const forged = (await impostor.ledger.outbox.sealed(header.id)) ?? Buffer.of();
    const inspected = await bench.side.inspect(forged);
    expect(inspected.record).toMatchObject({ refused: { reason: 'signer' } });
    await bench.side.keep(await withAnswer(inspected, bench.side.deps));
    expect(await bench.ledger.answers.list({})).toEqual([]);
  });

  it('says nothing about what was meant for somebody else', async () => {
    const to = [{ peer: recordOf(peers.carol).name, cert: peers.bob.certificate.fingerprint }];
    await receive({ to });
    expect(await bench.ledger.quarantine.list({})).toMatchObject([{ reason: 'not-addressed' }]);
    expect(await bench.ledger.answers.list({})).toEqual([]);
  });

  it('does not sign again for what comes again', async () => {
    await receive();
    await deliver(() => undefined);
    for (const { id } of await bench.ledger.outbox.pending()) {
      await bench.ledger.outbox.markSent([
        { id, recipient: recordOf(peers.alice).name, partition: 0, offset: 0n },
      ]);
    }
    const first = await bench.ledger.answers.list({});
    bench.now += MINUTE;
    const record = await withAnswer(await bench.side.inspect(sealed), bench.side.deps);
    expect(record).not.toHaveProperty('answer');
    expect(await bench.side.keep(record)).toBe('duplicate');
    expect(await given()).toHaveLength(2);
    const again = await bench.ledger.answers.list({});
    expect(again.map(({ answer }) => answer)).toEqual(first.map(({ answer }) => answer));
  });
});

describe('a receipt that cannot be signed now', () => {
  /** Bob, while the directory has no certificate of his. */
  const unregistered = (): Side['deps'] => ({
    ...bench.side.deps,
    book: ScriptedBook.of(recordOf(peers.alice)),
  });

  it('is owed, given as soon as it can be, and keeps the message from nothing', async () => {
    message = await sender.send([peers.bob], 'hello');
    sealed = (await sender.ledger.outbox.sealed(message.header.id)) ?? Buffer.of();
    const record = await withAnswer(await bench.side.inspect(sealed), unregistered());
    expect(await bench.side.keep(record)).toBe('new');
    expect(await payOwed(unregistered())).toBe(0);
    expect(bench.side.warnings).toEqual([
      'a receipt cannot be given yet: the directory does not hold your certificate for bob',
    ]);
    await deliver(() => undefined);
    expect(await payOwed(bench.side.deps)).toBe(0);
    bench.now += MINUTE;
    expect(await payOwed(bench.side.deps)).toBe(1);
    expect(await payOwed(bench.side.deps)).toBe(0);
    expect((await arrive()).slice().sort()).toEqual(['processed', 'received']);
  });

  it('is given up when nobody can be waiting for it any more', async () => {
    message = await sender.send([peers.bob], 'hello');
    sealed = (await sender.ledger.outbox.sealed(message.header.id)) ?? Buffer.of();
    await bench.side.keep(await withAnswer(await bench.side.inspect(sealed), unregistered()));
    bench.now += 15 * 24 * 60 * MINUTE;
    expect(await payOwed(unregistered())).toBe(0);
    expect(await bench.ledger.answers.list({})).toEqual([]);
  });

  it('is a rejection, too, when the same id was used for other content', async () => {
    await receive();
    const { id } = message.header;
    const other = sideOf(peers.alice, [recordOf(peers.alice), recordOf(peers.bob)]);
    const second = await other.send([peers.bob], 'other', { id });
    const bytes = (await other.ledger.outbox.sealed(id)) ?? Buffer.of();
    const record = await withAnswer(await bench.side.inspect(bytes), bench.side.deps);
    expect(await bench.side.keep(record)).toBe('conflict');
    expect(await payOwed(bench.side.deps)).toBe(1);
    const rejection = (await given()).find(({ header }) => header.kind === 'rejected');
    const said = rejection && readRejection(rejection.payload);
    expect(said).toMatchObject({ id, reason: 'id-conflict' });
    expect(said?.digest).toBe((await other.ledger.receipts.originals(second.header.id))[0]?.digest);
  });
});
