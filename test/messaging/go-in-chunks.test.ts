import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { PublishOutcomeUnknown, type Transport } from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import { makeLargePeers } from '../support/large-inbox.js';
import {
  BOB,
  CAROL,
  kindsOf,
  LARGEST,
  LONG,
  NarrowOutbox,
  TOO_LARGE,
} from '../support/narrow-outbox.js';

const peers = await makeLargePeers();
const { alice, bob, carol } = peers;
let outbox: NarrowOutbox;

beforeEach(async () => {
  outbox = await NarrowOutbox.open(peers);
});

describe('a message that was kept when nobody could tell what the inbox takes', () => {
  it('goes in chunks under its id, before what was kept after it', async () => {
    const ids = [
      await outbox.one('before', {}, outbox.away()),
      await outbox.one(LONG, {}, outbox.away()),
      await outbox.one('after', {}, outbox.away()),
    ];
    const events = await outbox.flush();
    expect(kindsOf(events)).toEqual(['sent', 'in-chunks', 'sent', 'sent']);
    expect(await outbox.sides.ledger(alice).outbox.pending()).toEqual([]);
    const values = (await outbox.sides.records(bob)).map(({ value }) => value.length);
    expect(Math.max(...values)).toBeLessThanOrEqual(LARGEST);
    expect(await outbox.delivered(bob)).toEqual(ids);
    expect(outbox.contents(bob)).toContain(LONG);
    expect(await outbox.missing(bob)).toEqual([]);
  });

  it('is let go of when its recipient has confirmed it', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    await outbox.flush();
    expect(await outbox.sides.spool(alice).names()).toHaveLength(1);
    await outbox.sides.receive(bob);
    await outbox.sides.receive(alice);
    expect(await outbox.sides.ledger(alice).receipts.list({ id })).toMatchObject([
      { says: 'received' },
    ]);
    await outbox.sides.receive(alice);
    expect(await outbox.sides.spool(alice).names()).toEqual([]);
    expect(await outbox.statesOf(id)).toEqual(['bob sent in chunks']);
  });

  it('arrives as it was, with everything that its header says', async () => {
    const payload = Buffer.from(randomBytes(12_000).toString('hex'));
    const fields = { type: 'order', cid: 'c-1', name: 'a.txt', expiresIn: 600_000 } as const;
    const id = await outbox.one(
      '',
      { payload, ...fields, encoding: 'gzip', receipt: ['processed'] },
      outbox.away(),
    );
    const [kept] = await outbox.sides.ledger(alice).history.find(id);
    expect(kindsOf(await outbox.flush())).toEqual(['in-chunks', 'sent']);
    const { events } = await outbox.sides.receive(bob);
    const [message] = events.flatMap((one) => (one.kind === 'delivered' ? [one.message] : []));
    const asked = { receipt: ['received', 'processed'] };
    expect(message?.header).toEqual({
      ...(JSON.parse(kept?.header ?? '') as object),
      ...asked,
      sent: outbox.sides.now,
    });
    expect(outbox.contents(bob)).toContain(payload.toString());
    await outbox.sides.receive(alice);
    const receipts = await outbox.sides.ledger(alice).receipts.list({ id });
    expect(receipts.map(({ says }) => says).sort()).toEqual(['processed', 'received']);
  });

  it('reaches its other recipients once, as it was kept', async () => {
    const id = await outbox.one(LONG, { to: [BOB, CAROL] }, outbox.away());
    await outbox.flush();
    expect(await outbox.statesOf(id)).toEqual(['bob sent in chunks', 'carol sent']);
    const kinds = (await outbox.sides.records(carol)).map(({ headers }) => headers['msg-kind']);
    expect(kinds).toEqual(['message', 'message']);
    for (const peer of [bob, carol]) {
      expect(await outbox.delivered(peer)).toEqual([id]);
      expect(outbox.contents(peer)).toContain(LONG);
    }
    expect([await outbox.missing(bob), await outbox.missing(carol)]).toEqual([[], []]);
  });

  it('goes in chunks to each recipient whose inbox is narrow, from one copy of its payload', async () => {
    const id = await outbox.one(LONG, { to: [BOB, CAROL] }, outbox.away());
    const log = outbox.narrow();
    const every = instead(log, {
      publish: (topic, partition, records) => {
        const isLarge = records.some(({ value }) => value.length > LARGEST);
        return isLarge ? Promise.reject(TOO_LARGE) : log.publish(topic, partition, records);
      },
      limits: () => log.limits('msg.in.bob'),
    });
    await outbox.flush(every);
    expect(await outbox.statesOf(id)).toEqual(['bob sent in chunks', 'carol sent in chunks']);
    expect(await outbox.sides.spool(alice).names()).toHaveLength(1);
    expect([await outbox.delivered(bob), await outbox.delivered(carol)]).toEqual([[id], [id]]);
  });

  it('is delivered once where an attempt may have had it appended', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    // Its record was taken, and nobody heard of it; then the inbox became narrow.
    const transport = instead(outbox.sides.log, {
      publish: async (...args) => {
        await outbox.sides.log.publish(...args);
        throw new PublishOutcomeUnknown('the connection broke');
      },
    });
    await outbox.flush(transport);
    await outbox.flush();
    expect(await outbox.delivered(bob)).toEqual([id]);
    expect(outbox.contents(bob).filter((text) => text === LONG)).toHaveLength(1);
    expect(await outbox.missing(bob)).toEqual([]);
  });

  it('goes in smaller chunks than the log says where that did not take it', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    await outbox.flush(outbox.narrow({ largest: 15_000, says: 1_000_000 }));
    expect(await outbox.delivered(bob)).toEqual([id]);
  });

  it('waits where nobody can tell now what the inbox takes', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const limits: Transport['limits'] = () =>
      Promise.reject(new MsgError('broker-unreachable', 'nobody tells'));
    expect(kindsOf(await outbox.flush(instead(outbox.narrow(), { limits })))).toEqual(['waits']);
    expect(await outbox.sides.spool(alice).names()).toEqual([]);
    await outbox.flush();
    expect(await outbox.delivered(bob)).toEqual([id]);
  });

  it('is left to the process that has taken it in hand meanwhile', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const log = outbox.narrow();
    const other = { owner: 'bob:9:cd', until: outbox.sides.now + 60_000 };
    const limits: Transport['limits'] = async (topic) => {
      await outbox.sides.ledger(alice).outbox.beginPublish({ id, recipient: BOB }, other);
      return log.limits(topic);
    };
    expect(await outbox.flush(instead(log, { limits }))).toEqual([]);
    expect(await outbox.statesOf(id)).toEqual(['bob publishing']);
    expect(await outbox.sides.spool(alice).names()).toEqual([]);
    outbox.sides.now += 60_000;
    await outbox.flush();
    expect(await outbox.delivered(bob)).toEqual([id]);
  });

  it('goes on where it had come to when its chunks are cut short', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const log = outbox.narrow();
    let count = 0;
    const failing = instead(log, {
      publish: (topic, partition, records) =>
        count++ < 3
          ? log.publish(topic, partition, records)
          : Promise.reject(new MsgError('broker-unreachable', 'nobody there')),
    });
    await outbox.flush(failing);
    expect(await outbox.statesOf(id)).toEqual(['bob queued in chunks']);
    await outbox.flush();
    expect(await outbox.delivered(bob)).toEqual([id]);
  });
});
