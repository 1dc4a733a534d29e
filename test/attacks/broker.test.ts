import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TestPeer } from '../support/pki.js';
import { makePeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { attackStage, freshId, posingAs, reasonsOf, sealNow } from './stage.js';

const stage = attackStage();
let alice: TestPeer;
let bob: TestPeer;
let mallory: TestPeer;

beforeAll(async () => {
  mallory = await stage.enrol('mallory', 4);
  [alice, bob] = [await stage.identity('alice'), await stage.identity('bob')];
}, 120_000);

const DAY = 86_400_000;

describe('who may write to the inbox and is nobody', () => {
  it('is not heard with a certificate of its own making', async () => {
    const nobody = await makePeer('alice');
    const heard = await stage.attack([
      { value: await sealNow(nobody, [bob], 'from alice') },
      { value: await sealNow(posingAs('nobody', nobody), [bob], 'from nobody') },
    ]);
    expect(reasonsOf(heard)).toEqual(['signer', 'signer']);
  });

  it('does not stop the listener with garbage, of which every record is kept', async () => {
    const sealed = Buffer.from(await sealNow(alice, [bob], 'hello'));
    const flipped = Buffer.from(sealed);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    const nested = Buffer.concat([Buffer.alloc(30_000, Buffer.of(0x30, 0x80))]);
    const values = [
      Buffer.alloc(0),
      Buffer.from('{"json": true}'),
      randomBytes(1_000),
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.of(0)]),
      flipped,
      nested,
    ];
    const heard = await stage.attack(values.map((value) => ({ value })));
    expect(reasonsOf(heard)).toEqual([
      ...['malformed', 'malformed', 'malformed', 'malformed', 'malformed'],
      ...['undecryptable', 'malformed'],
    ]);
    expect(heard.refused.map(({ size }) => size)).toEqual(values.map(({ length }) => length));
  });

  it('does not read what is in the log', async () => {
    const text = 'the price is 1200.00';
    const sealed = Buffer.from(await sealNow(alice, [bob], text, { type: 'order', name: 'a.pdf' }));
    for (const secret of [text, 'order', 'a.pdf', 'msg://alice', 'application/octet-stream']) {
      expect(sealed.includes(secret)).toBe(false);
    }
    expect(sealed.includes(Buffer.from(alice.certificate.serial))).toBe(false);
  });
});

describe('hints of a record that contradict the signed header', () => {
  it('change nothing about the message: not its sender, its id or its kind', async () => {
    const id = freshId();
    const value = await sealNow(mallory, [bob], 'from mallory', { id });
    const headers = {
      ...{ 'msg-v': '9', 'msg-id': freshId(), 'msg-from': 'alice', 'msg-kind': 'receipt' },
      'msg-part': '1/3',
    };
    await stage.inject({ value, key: 'alice', headers });
    const { delivered, refused } = await stage.bobListens();
    expect(delivered).toEqual([{ from: 'mallory', id, text: 'from mallory' }]);
    expect(refused).toEqual([]);
  });

  it('do not make of one message two, nor of two messages one', async () => {
    const value = await sealNow(mallory, [bob], 'once');
    const another = await sealNow(mallory, [bob], 'twice');
    await stage.inject(
      { value, headers: { 'msg-id': freshId() } },
      { value, headers: { 'msg-id': freshId(), 'msg-from': 'carol' }, key: 'carol' },
      { value: another, headers: { 'msg-id': 'the same' } },
    );
    const { delivered, duplicates } = await stage.bobListens();
    expect([delivered.map(({ text }) => text), duplicates]).toEqual([['once', 'twice'], 1]);
  });

  it('are told as claims where nothing else is known', async () => {
    const headers = { 'msg-from': 'alice', 'msg-id': freshId() };
    const heard = await stage.attack([{ value: randomBytes(100), headers }]);
    expect(heard.refused[0]).toMatchObject({
      ...{ reason: 'malformed', claimedSender: 'alice', claimedId: headers['msg-id'] },
    });
  });
});

describe('who operates the brokers', () => {
  it("cannot put another peer's message into bob's inbox", async () => {
    const value = await sealNow(alice, [mallory], 'for mallory');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['not-for-us']);
  });

  it('can give everything again only to a ledger that is new, and which has to be told so', async () => {
    const topic = 'bob.lost';
    const value = await sealNow(mallory, [bob], 'kept by the broker');
    await stage.inject({ value, topic });
    expect((await stage.bobListens({ topic })).delivered).toHaveLength(1);
    await stage.inject({ value, topic });
    expect((await stage.bobListens({ topic })).duplicates).toBe(1);
    const state = join(temporaryDirectory(), 'lost');
    await expect(stage.bobListens({ topic, state })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('was read with another ledger') as string,
    });
    await stage.inject({ value, topic });
    const { delivered } = await stage.bobListens({ topic, state, adopt: true });
    expect(delivered.map(({ text }) => text)).toEqual(['kept by the broker']);
  });
});

describe('an append time that is not true', () => {
  /** A peer whose first certificate was replaced, and how it was before. */
  async function rotated(name: string, account: number): Promise<TestPeer> {
    const before = await stage.enrol(name, account);
    await stage.consortium.certify(name, 'second');
    await stage.consortium.ok(name, ['rotate']);
    return before;
  }

  it('has a replaced certificate accepted: the documented bound of what a broker can do', async () => {
    const carol = await rotated('carol', 5);
    const value = await sealNow(carol, [bob], 'by the replaced key');
    const late = { value, appendedAt: Date.now() + DAY };
    expect(reasonsOf(await stage.attack([late], { ahead: DAY }))).toEqual(['superseded']);
    await stage.inject({ value });
    const { delivered } = await stage.bobListens({ ahead: DAY });
    expect(delivered.map(({ text }) => text)).toEqual(['by the replaced key']);
  });

  it('has an expired certificate accepted, by the same bound', async () => {
    const [value, later] = [await sealNow(mallory, [bob], 'in time'), 5 * 365 * DAY];
    const topic = 'bob.for.ever';
    await stage.inject({ value, topic, appendedAt: Date.now() + later });
    const honest = await stage.bobListens({ topic, ahead: later });
    expect([honest.delivered, reasonsOf(honest)]).toEqual([[], ['sender-path']]);
    await stage.inject({ value, topic });
    const lied = await stage.bobListens({ topic, ahead: later });
    expect(lied.delivered.map(({ text }) => text)).toEqual(['in time']);
  });

  it('does not have a revoked one accepted', async () => {
    const dora = await rotated('dora', 6);
    const value = await sealNow(dora, [bob], 'by the stolen key', { sent: Date.now() - DAY });
    const revoke = ['revoke', '--index', '0', '--reason', 'keyCompromise', '--yes'];
    await stage.consortium.ok('dora', revoke);
    const heard = await stage.attack([{ value, appendedAt: Date.now() - DAY }]);
    expect(reasonsOf(heard)).toEqual(['sender-version']);
  });

  it("does not let a sender date its own message past its certificate's replacement", async () => {
    const erin = await rotated('erin', 7);
    const value = await sealNow(erin, [bob], 'sealed long ago', { sent: Date.now() - 30 * DAY });
    const late = { value, appendedAt: Date.now() + DAY };
    expect(reasonsOf(await stage.attack([late], { ahead: DAY }))).toEqual(['superseded']);
  });
});
