import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LargeInbox, makeLargePeers } from '../support/large-inbox.js';
import type { TestPeer } from '../support/pki.js';
import { transferOf } from '../support/transfer.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let inbox: LargeInbox;

beforeAll(async () => {
  ({ alice, bob, carol } = await makeLargePeers());
});
beforeEach(async () => {
  inbox = await LargeInbox.open({ alice, bob, carol });
});

describe('a payload in chunks', () => {
  it.each([
    ['of one chunk', 100, undefined],
    ['of several', 50_000, undefined],
    ['that ends where a chunk does', 8192, undefined],
    ['packed', 50_000, 'gzip' as const],
  ])('%s is delivered like any message, and nothing stays in the spool', async (_, size, how) => {
    const payload = randomBytes(size);
    const options = { fields: { name: 'dump.tar', type: 'backup' } };
    const { announcement, chunks, header } = await transferOf(alice, bob, payload, {
      ...options,
      ...(how === undefined ? {} : { encoding: how }),
    });
    await inbox.publish(announcement, ...chunks);
    const { summary, delivered } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 1, duplicates: 0, refused: 0 });
    expect(delivered[0]?.header).toMatchObject({ id: header.id, kind: 'message', type: 'backup' });
    expect(inbox.received()).toEqual(['dump.tar']);
    expect(inbox.has(payload)).toBe(true);
    expect(await inbox.spooled()).toEqual([]);
  });

  it('comes whole whatever the order of its chunks, and however often they come', async () => {
    const payload = randomBytes(40_000);
    const { announcement, chunks } = await transferOf(alice, bob, payload);
    const shuffled = [...chunks].reverse();
    await inbox.publish(announcement, ...shuffled.slice(0, 5), ...shuffled, ...shuffled);
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 1, refused: 0 });
    expect(inbox.received()).toHaveLength(1);
    expect(inbox.has(payload)).toBe(true);
  });

  it('goes on where it was after a restart, at every place', async () => {
    const payload = randomBytes(30_000);
    const { announcement, chunks } = await transferOf(alice, bob, payload);
    for (const one of [announcement, ...chunks]) {
      await inbox.publish(one);
      await inbox.receive();
    }
    expect(inbox.has(payload)).toBe(true);
    expect(await inbox.spooled()).toEqual([]);
  });

  it('keeps nobody waiting while it is not whole, and comes when it is', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(30_000), {
      fields: { name: 'large' },
    });
    await inbox.publish(announcement, ...chunks.slice(1), await inbox.small(alice, 'later'));
    expect((await inbox.receive()).summary.delivered).toBe(1);
    expect(inbox.received()).toEqual(['later']);
    await inbox.publish(...chunks);
    expect((await inbox.receive()).summary.delivered).toBe(1);
    expect(inbox.received()).toEqual(['large', 'later']);
  });

  it('is delivered in its order when it came before a message of the same sender', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(30_000));
    await inbox.publish(
      await inbox.small(alice, 'first'),
      announcement,
      ...chunks,
      await inbox.small(alice, 'last'),
    );
    const { delivered } = await inbox.receive();
    expect(delivered.map(({ header: { name } }) => name)).toEqual(['first', undefined, 'last']);
  });

  it('is not disturbed by another payload with the same id, by whoever saw it', async () => {
    const payload = randomBytes(20_000);
    const { announcement, chunks, manifest } = await transferOf(alice, bob, payload);
    const copy = await transferOf(carol, bob, randomBytes(20_000), {
      manifest: { fileId: manifest.fileId },
    });
    await inbox.publish(copy.announcement, announcement);
    await inbox.publish(...copy.chunks.slice(0, 3), ...chunks, ...copy.chunks);
    const { summary, delivered } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 2, refused: 0 });
    const mine = delivered.find(({ header }) => header.from === alice.name);
    expect(mine?.payload.size).toBe(payload.length);
    expect(inbox.has(payload)).toBe(true);
  });

  it('sent again after it came is known, chunk by chunk', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(20_000));
    await inbox.publish(announcement, ...chunks);
    await inbox.receive();
    await inbox.publish(announcement, ...chunks);
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 0, duplicates: 1, refused: 0 });
    expect(await inbox.ledger.incoming.orphans()).toMatchObject({ chunks: 0 });
    expect(await inbox.spooled()).toEqual([]);
  });

  it('tells how far it has come', async () => {
    const { announcement, chunks, header } = await transferOf(alice, bob, randomBytes(20_000));
    await inbox.publish(announcement, ...chunks);
    const { events } = await inbox.receive();
    const progress = events.flatMap((event) => (event.kind === 'progress' ? [event.file] : []));
    expect(progress.at(-1)?.row.id).toBe(header.id);
    expect(progress.at(-1)?.bytes).toBe(20_000);
  });
});
