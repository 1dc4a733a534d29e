import { randomBytes } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { isChunk, readChunk } from '../../src/envelope/chunk-read.js';
import { MsgError } from '../../src/errors.js';
import type { SendStep } from '../../src/messaging/send-request.js';
import { instead } from '../support/instead.js';
import { makeLargePeers } from '../support/large-inbox.js';
import { LargeOutbox, SIZE } from '../support/large-outbox.js';
import type { TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';

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

describe('a payload that does not fit one record', () => {
  it.each([
    ['a file', () => ({ payload: { file: box.path } })],
    ['a stream', () => ({ payload: { stream: Readable.from([box.content]) } })],
    ['bytes', () => ({ payload: box.content })],
    ['a file, packed', () => ({ payload: { file: box.path }, encoding: 'gzip' as const })],
  ])('%s arrives as it was', async (_what, changes) => {
    const sent = await box.send(changes());
    expect(sent).toMatchObject({ state: 'sent', size: SIZE, deliveries: [{ peer: 'bob' }] });
    const { summary } = await box.sides.receive(bob);
    expect(summary).toMatchObject({ delivered: 1, refused: 0 });
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('is smaller on its way when it is packed', async () => {
    box.content = Buffer.alloc(SIZE, 'the quarterly figures ');
    writeFileSync(box.path, box.content);
    await box.send({ encoding: 'gzip' });
    const bytes = (await box.sides.records(bob)).reduce((sum, { value }) => sum + value.length, 0);
    expect(bytes).toBeLessThan(SIZE / 20);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('goes to each recipient under keys of its own, and under one id', async () => {
    const { id } = await box.send({ to: [parsePeerName('bob'), parsePeerName('carol')] });
    const ids = [];
    for (const peer of [bob, carol]) {
      const chunks = (await box.sides.records(peer)).filter(({ value }) => isChunk(value));
      expect(chunks).toHaveLength(3);
      ids.push(...new Set(chunks.map(({ value }) => hex(readChunk(value).fileId))));
      expect(chunks[0]?.headers).toMatchObject({ 'msg-kind': 'chunk', 'msg-part': '0/3' });
      await box.sides.receive(peer);
      expect(box.got(peer).equals(box.content)).toBe(true);
      const [row] = await box.sides.ledger(peer).history.find(id);
      expect(row).toMatchObject({ direction: 'in', state: 'done' });
    }
    expect(new Set(ids).size).toBe(2);
  });

  it('is not sent twice under one id, and no other payload under it', async () => {
    const id = newMessageId(() => MOMENT, randomBytes);
    await box.send({ id });
    const before = (await box.sides.records(bob)).length;
    expect(await box.send({ id })).toMatchObject({ id, state: 'already-sent' });
    expect(await box.sides.records(bob)).toHaveLength(before);
    appendFileSync(box.path, 'more');
    await expect(box.send({ id })).rejects.toMatchObject({ code: 'id-conflict' });
  });

  it('tells how much was looked through, and how much is in the inbox', async () => {
    const steps: SendStep[] = [];
    await box.send({ onProgress: (step) => steps.push(step) });
    const sum = (kind: SendStep['kind']): number =>
      steps.filter((step) => step.kind === kind).reduce((total, { bytes }) => total + bytes, 0);
    expect([sum('read'), sum('sent')]).toEqual([SIZE, SIZE]);
  });

  it('leaves nothing when certainly nothing has left', async () => {
    const { transport } = box.failingAt(0);
    const stream = Readable.from([box.content]);
    const failed = box.send({ payload: { stream } }, { transport });
    await expect(failed).rejects.toMatchObject({ code: 'broker-unreachable' });
    expect(await box.sides.ledger(alice).outbox.pending()).toEqual([]);
    expect(await box.spooled()).toEqual([]);
  });

  it('uses smaller chunks where the inbox takes smaller records', async () => {
    const limits = { largestValue: 300_000, retention: undefined, clock: 'log' } as const;
    const transport = instead(box.sides.log, { limits: () => Promise.resolve(limits) });
    await box.send({}, { transport });
    const records = await box.sides.records(bob);
    expect(Math.max(...records.map(({ value }) => value.length))).toBeLessThanOrEqual(300_000);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('is queued though nobody knows what its inbox takes, and cut for it before it leaves', async () => {
    const away = (): Promise<never> =>
      Promise.reject(new MsgError('broker-unreachable', 'no broker answers'));
    const gone = instead(box.sides.log, { limits: away, partitionFor: away, publish: away });
    await expect(box.send({}, { transport: gone })).rejects.toMatchObject({
      code: 'broker-unreachable',
    });
    const { id, state } = await box.send({ queue: true }, { transport: gone });
    expect(state).toBe('queued');
    const limits = { largestValue: 300_000, retention: undefined, clock: 'log' } as const;
    const back = instead(box.sides.log, { limits: () => Promise.resolve(limits) });
    const events = await box.flush({ transport: back });
    expect(events.filter(({ kind }) => kind === 'sent')).toMatchObject([{ id }]);
    const records = await box.sides.records(bob);
    expect(Math.max(...records.map(({ value }) => value.length))).toBeLessThanOrEqual(300_000);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('of bytes that fit one record elsewhere goes in chunks where they do not', async () => {
    const limits = { largestValue: 100_000, retention: undefined, clock: 'log' } as const;
    const transport = instead(box.sides.log, {
      limits: () => Promise.resolve(limits),
      publish: (topic, partition, records) => {
        const isTooLarge = records.some(({ value }) => value.length > 100_000);
        if (isTooLarge) throw new MsgError('too-large', 'a record is too large');
        return box.sides.log.publish(topic, partition, records);
      },
    });
    box.content = randomBytes(400_000);
    expect(await box.send({ payload: box.content }, { transport })).toMatchObject({
      state: 'sent',
    });
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
