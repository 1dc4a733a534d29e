import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LargeInbox, makeLargePeers } from '../support/large-inbox.js';
import { FILE_LIMITS } from '../support/messaging.js';
import type { TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';
import { abortOf, transferOf } from '../support/transfer.js';

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

describe('what is not right about a payload in chunks', () => {
  it('a forged chunk is refused alone, and the true one taken after it', async () => {
    const payload = randomBytes(20_000);
    const { announcement, chunks } = await transferOf(alice, bob, payload);
    const forged = chunks.map(({ value, ...rest }) => {
      const changed = Buffer.from(value);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return { ...rest, value: changed };
    });
    await inbox.publish(announcement, ...forged, ...chunks);
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 1, refused: chunks.length });
    expect(new Set(await inbox.reasons())).toEqual(new Set(['chunk-undecryptable']));
    expect(inbox.has(payload)).toBe(true);
  });

  it('one whose chunks do not make what the manifest says goes to quarantine', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(20_000), {
      manifest: { sha256: 'ab'.repeat(32) },
    });
    await inbox.publish(announcement, ...chunks);
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 0, refused: 1 });
    expect(await inbox.reasons()).toEqual(['damaged']);
    expect(await inbox.spooled()).toEqual([]);
  });

  it.each([
    ['a chunk that is shorter than it has to be', 4096, 4095],
    ['a chunk that is longer', 4096, 4097],
  ])('%s is refused', async (_, chunkSize, real) => {
    const cut = await transferOf(alice, bob, randomBytes(8192), { chunkSize: real });
    const { manifest } = cut;
    const lying = await transferOf(alice, bob, randomBytes(8192), {
      chunkSize,
      manifest: { fileId: manifest.fileId, fileKey: manifest.fileKey, count: 2 },
    });
    const [first] = cut.chunks;
    await inbox.publish(lying.announcement, ...(first === undefined ? [] : [first]));
    await inbox.receive();
    expect(await inbox.reasons()).toEqual(['chunk-encoding']);
  });

  it('a chunk that unpacks to more than its place holds is refused early', async () => {
    const bomb = Buffer.alloc(50_000_000);
    const cut = await transferOf(alice, bob, bomb, { chunkSize: bomb.length, encoding: 'gzip' });
    const { fileId, fileKey } = cut.manifest;
    const lying = await transferOf(alice, bob, randomBytes(5000), {
      ...{ chunkSize: 5000, encoding: 'gzip', manifest: { fileId, fileKey } },
    });
    await inbox.publish(lying.announcement, ...cut.chunks);
    await inbox.receive();
    expect(await inbox.reasons()).toEqual(['chunk-encoding']);
  });

  it('chunks that nobody announced are counted and dropped', async () => {
    const { chunks } = await transferOf(alice, bob, randomBytes(20_000));
    await inbox.publish(...chunks, await inbox.small(alice, 'hello'));
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 1, refused: 0 });
    expect(await inbox.ledger.incoming.orphans()).toMatchObject({
      files: 1,
      chunks: chunks.length,
    });
    expect(await inbox.reasons()).toEqual([]);
    expect(await inbox.spooled()).toEqual([]);
  });

  it('one larger than the limit is refused before a chunk is taken', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(20_000));
    await inbox.publish(announcement, ...chunks);
    await inbox.receive({ fileLimits: { ...FILE_LIMITS, largest: 19_999 } });
    expect(await inbox.reasons()).toEqual(['too-large']);
    expect(await inbox.spooled()).toEqual([]);
  });

  it.each([
    [
      'files',
      { files: 1, bytes: 2_000_000 },
      'it would be file 2 of alice under way at once; 1 may',
    ],
    ['bytes', { files: 9, bytes: 29_999 }, 'alice would have 1 MiB under way at once; 1 MiB may'],
  ])(
    'more %s of one sender under way than may be are refused; others are served',
    async (...of) => {
      const [, pending, detail] = of;
      const [first, second, other] = await Promise.all([
        transferOf(alice, bob, randomBytes(20_000)),
        transferOf(alice, bob, randomBytes(10_000)),
        transferOf(carol, bob, randomBytes(20_000)),
      ]);
      await inbox.publish(
        first.announcement,
        second.announcement,
        other.announcement,
        ...other.chunks,
      );
      const { summary } = await inbox.receive({ fileLimits: { ...FILE_LIMITS, pending } });
      expect(summary).toMatchObject({ delivered: 1, refused: 1 });
      const [row] = await inbox.ledger.quarantine.list({});
      expect(row).toMatchObject({ reason: 'pending-limit', claimedId: second.header.id });
      expect(row?.detail).toContain(detail);
      await inbox.publish(...first.chunks);
      expect((await inbox.receive()).summary.delivered).toBe(1);
    },
  );

  it('one that its sender takes back is given up, by nobody else', async () => {
    const transfer = await transferOf(alice, bob, randomBytes(20_000));
    const { announcement, chunks } = transfer;
    await inbox.publish(announcement, ...chunks.slice(0, 2), await abortOf(carol, bob, transfer));
    await inbox.receive();
    expect(await inbox.spooled()).toHaveLength(1);
    expect(await inbox.reasons()).toEqual([]);
    await inbox.publish(await abortOf(alice, bob, transfer), ...chunks);
    const { summary } = await inbox.receive();
    expect(summary).toMatchObject({ delivered: 0, refused: 1 });
    const [row] = await inbox.ledger.quarantine.list({});
    expect(row).toMatchObject({ reason: 'aborted', claimedId: transfer.header.id });
    expect(row?.detail).toContain('the file changed while it was being sent');
    expect(await inbox.spooled()).toEqual([]);
  });

  it('one of which nothing comes for long is given up, and taken when it is sent again', async () => {
    const payload = randomBytes(20_000);
    const { announcement, chunks } = await transferOf(alice, bob, payload);
    await inbox.publish(announcement, ...chunks.slice(0, 2));
    await inbox.receive();
    inbox.now += FILE_LIMITS.patience + 1;
    const { events } = await inbox.receive();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'given-up' }));
    const [row] = await inbox.ledger.quarantine.list({});
    expect(row).toMatchObject({ reason: 'incomplete' });
    expect(row?.detail).toBe('only 2 of 5 chunks came; its sender has to send it again');
    expect(await inbox.spooled()).toEqual([]);
    await inbox.publish(announcement, ...chunks);
    expect((await inbox.receive()).summary.delivered).toBe(1);
    expect(inbox.has(payload)).toBe(true);
  });

  it('one that expires before it is whole is given up', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(20_000), {
      fields: { expires: MOMENT + 1000 },
    });
    await inbox.publish(announcement, ...chunks.slice(0, 2));
    await inbox.receive();
    inbox.now += 1000;
    await inbox.receive();
    expect(await inbox.reasons()).toEqual(['expired']);
    expect(await inbox.spooled()).toEqual([]);
  });

  it('one whose beginning the disk has lost is taken again from its beginning', async () => {
    const payload = randomBytes(20_000);
    const { announcement, chunks } = await transferOf(alice, bob, payload);
    await inbox.publish(announcement, ...chunks.slice(0, 2));
    await inbox.receive();
    for (const name of await inbox.spooled()) rmSync(inbox.spool.path(name));
    await inbox.publish(...chunks.slice(2));
    expect((await inbox.receive()).summary.delivered).toBe(0);
    await inbox.publish(...chunks);
    expect((await inbox.receive()).summary.delivered).toBe(1);
    expect(inbox.has(payload)).toBe(true);
  });

  it('what killed processes have left in the spool is removed, what is waited for stays', async () => {
    const { announcement, chunks } = await transferOf(alice, bob, randomBytes(20_000));
    await inbox.publish(announcement, ...chunks.slice(0, 2));
    await inbox.receive();
    const [waiting = ''] = await inbox.spooled();
    writeFileSync(inbox.spool.path('left.1.part'), 'left');
    await inbox.receive();
    expect(await inbox.spooled()).toEqual([waiting]);
  });
});
