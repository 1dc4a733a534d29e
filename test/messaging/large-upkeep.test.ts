import { Readable } from 'node:stream';
import { renameSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { followUpSent, removeStrays } from '../../src/messaging/spool-upkeep.js';
import { makeLargePeers } from '../support/large-inbox.js';
import { LargeOutbox } from '../support/large-outbox.js';
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

const RECORDS = 4;
const BOB = parsePeerName('bob');

/** So much time passes, and alice looks after what she has sent. */
async function later(milliseconds: number): Promise<void> {
  box.sides.now += milliseconds;
  await followUpSent(box.sides.deps(alice));
}

/** A peer receives what there is, and alice its receipt. */
async function confirmedBy(peer: TestPeer): Promise<void> {
  await box.sides.receive(peer);
  await box.sides.receive(alice);
}

const records = async (): Promise<number> => (await box.sides.records(bob)).length;

describe('a large payload that nobody confirms', () => {
  it('is sent again when its time has come, the same chunks, and no more than three times', async () => {
    await box.send();
    await later(FILE_LIMITS.resendAfter - 1);
    await box.flush();
    expect(await records()).toBe(RECORDS);
    for (const round of [2, 3]) {
      await later(2 * FILE_LIMITS.resendAfter);
      await box.flush();
      expect(await records()).toBe(round * RECORDS);
    }
    await later(2 * FILE_LIMITS.resendAfter);
    await box.flush();
    expect(await records()).toBe(3 * RECORDS);
    const { summary } = await box.sides.receive(bob);
    expect(summary).toMatchObject({ delivered: 1, refused: 0 });
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('is not sent again to those who have', async () => {
    await box.send({ to: [BOB, parsePeerName('carol')] });
    await confirmedBy(bob);
    await later(2 * FILE_LIMITS.resendAfter);
    await box.flush();
    expect(await records()).toBe(RECORDS);
    expect(await box.sides.records(carol)).toHaveLength(2 * RECORDS);
  });

  it('stays sent when its file is gone by then, and whoever has it keeps it', async () => {
    const { id } = await box.send();
    await box.sides.receive(bob);
    renameSync(box.path, `${box.path}.gone`);
    await later(2 * FILE_LIMITS.resendAfter);
    const [event] = await box.flush();
    expect(event).toMatchObject({ kind: 'failed', id, error: { code: 'file-changed' } });
    expect(await box.sides.ledger(alice).outbox.pending()).toEqual([]);
    expect(await box.sides.ledger(alice).history.find(id)).toMatchObject([
      { deliveries: [{ recipient: 'bob', state: 'sent' }] },
    ]);
    const { summary } = await box.sides.receive(bob);
    expect(summary).toMatchObject({ delivered: 0, refused: 0 });
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('and came from standard input is let go after its time', async () => {
    await box.send({ payload: { stream: Readable.from([box.content]) } });
    for (let rounds = 1; rounds < 3; rounds++) {
      await later(2 * FILE_LIMITS.resendAfter);
      await box.flush();
    }
    await later(FILE_LIMITS.keepFor);
    expect(await box.spooled()).toHaveLength(1);
    await later(1);
    expect(await box.spooled()).toEqual([]);
  });
});

describe('what was kept of standard input', () => {
  it('goes when everyone has confirmed it', async () => {
    const payload = { stream: Readable.from([box.content]) };
    await box.send({ payload, to: [BOB, parsePeerName('carol')] });
    await confirmedBy(bob);
    await later(0);
    expect(await box.spooled()).toHaveLength(1);
    await confirmedBy(carol);
    await later(0);
    expect(await box.spooled()).toEqual([]);
  });

  it('by a process that was killed over it goes with the next, and not while that one lives', async () => {
    const file = await box.sides.spool(alice).open(`0190.${encodeURIComponent('alice:7:ab')}.out`, {
      isNew: true,
    });
    await file?.close();
    await removeStrays(box.sides.deps(alice));
    expect(await box.spooled()).toHaveLength(1);
    const payload = { stream: Readable.from([box.content]) };
    const isGone = (owner: string): boolean => owner === 'alice:7:ab';
    const { id } = await box.send({ payload }, { isGone });
    expect(await box.spooled()).toMatchObject([expect.stringContaining(id)]);
  });
});
