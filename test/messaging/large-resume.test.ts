import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { MsgError } from '../../src/errors.js';
import { PublishOutcomeUnknown, type Transport } from '../../src/transport/port.js';
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

describe('a send that is cut short', () => {
  it.each([1, 2, 3])('after %i records goes on with the next one', async (records) => {
    const { transport, mend } = box.failingAt(records);
    const id = newMessageId(() => MOMENT, randomBytes);
    expect(await box.send({ id }, { transport })).toMatchObject({ state: 'queued' });
    const before = (await box.sides.records(bob)).length;
    expect(before).toBe(records);
    mend();
    expect(await box.send({ id }, { transport })).toMatchObject({ id, state: 'sent' });
    expect(await box.sides.records(bob)).toHaveLength(4);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('goes on when the outbox is flushed, from standard input, too', async () => {
    const { transport } = box.failingAt(2, () => new PublishOutcomeUnknown('the connection broke'));
    const stream = Readable.from([box.content]);
    const { id, state } = await box.send({ payload: { stream } }, { transport });
    expect(state).toBe('queued');
    expect(await box.spooled()).toHaveLength(1);
    box.sides.now += 600_000;
    expect(await box.flush()).toMatchObject([{ kind: 'sent', id, recipient: 'bob' }]);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('goes on though the file was moved, when it is named again', async () => {
    const { transport, mend } = box.failingAt(2);
    const id = newMessageId(() => MOMENT, randomBytes);
    await box.send({ id }, { transport });
    renameSync(box.path, `${box.path}.moved`);
    box.path = `${box.path}.moved`;
    mend();
    expect(await box.send({ id }, { transport })).toMatchObject({ state: 'sent' });
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
  });

  it('keeps what nobody can read without the ledger', async () => {
    box.content = Buffer.alloc(SIZE, 'the quarterly figures ');
    await box.send({ payload: { stream: Readable.from([box.content]) } });
    const [name = ''] = await box.spooled();
    const kept = readFileSync(box.sides.spool(alice).path(name));
    expect(kept.includes('quarterly')).toBe(false);
    expect(kept.length).toBeGreaterThanOrEqual(SIZE);
  });
});

describe('a file that changes while it is being sent', () => {
  /** Changes the file when the log gets its nth record. */
  function changingAt(n: number, change: () => void): Transport {
    let count = 0;
    return instead(box.sides.log, {
      publish: (topic, partition, records) => {
        if (count++ === n) change();
        return box.sides.log.publish(topic, partition, records);
      },
    });
  }

  it.each([
    [
      'grows',
      0,
      () => {
        appendFileSync(box.path, 'more');
      },
    ],
    [
      'is written to',
      1,
      () => {
        writeFileSync(box.path, randomBytes(SIZE));
      },
    ],
    [
      'is replaced',
      0,
      () => {
        renameSync(box.path, `${box.path}.old`);
        writeFileSync(box.path, box.content);
      },
    ],
    [
      'is cut',
      0,
      () => {
        writeFileSync(box.path, 'short');
      },
    ],
  ])('and %s is not delivered, its receiver is told, and the id is free again', async (...of) => {
    const [, at, change] = of;
    const id = newMessageId(() => MOMENT, randomBytes);
    const transport = changingAt(at, change);
    const isOpenStill = of[0] === 'is replaced';
    const sent = box.send({ id }, { transport });
    if (isOpenStill) {
      // The file that was opened is as it was, whatever has its name now.
      expect(await sent).toMatchObject({ state: 'sent' });
      return;
    }
    await expect(sent).rejects.toMatchObject({ code: 'file-changed', retryable: true });
    expect(await box.sides.ledger(alice).history.find(id)).toEqual([]);
    expect(await box.sides.ledger(alice).outbox.pending()).toEqual([]);
    const { summary } = await box.sides.receive(bob);
    expect(summary.delivered).toBe(0);
    const [row] = await box.sides.ledger(bob).quarantine.list({});
    expect(row).toMatchObject({ reason: 'aborted', claimedId: id });
    expect(row?.detail).toContain('the payload changed while it was being sent');
    expect(row?.detail).not.toContain(box.sides.directory);
    expect(await box.sides.spool(bob).names()).toEqual([]);
    expect(await box.send({ id })).toMatchObject({ id, state: 'sent' });
    expect((await box.sides.receive(bob)).summary.delivered).toBe(1);
    expect(box.got(bob).equals(readFileSync(box.path))).toBe(true);
  });

  it('is noticed by its box.content where its times do not tell', async () => {
    const before = new Date(MOMENT);
    utimesSync(box.path, before, before);
    const transport = changingAt(1, () => {
      const changed = Buffer.from(box.content);
      changed[SIZE - 1] = (changed[SIZE - 1] ?? 0) ^ 1;
      writeFileSync(box.path, changed);
      utimesSync(box.path, before, before);
    });
    await expect(box.send({}, { transport })).rejects.toMatchObject({ code: 'file-changed' });
    expect((await box.sides.receive(bob)).summary.delivered).toBe(0);
    expect(await box.sides.ledger(bob).quarantine.list({})).toMatchObject([{ reason: 'aborted' }]);
  });

  it('is taken back later where the log is away by then', async () => {
    let isAway = false;
    const changing = changingAt(1, () => {
      appendFileSync(box.path, 'more');
      isAway = true;
    });
    const transport = instead(changing, {
      publish: (...args) =>
        isAway
          ? Promise.reject(new MsgError('broker-unreachable', 'no broker answers'))
          : changing.publish(...args),
    });
    await expect(box.send({}, { transport })).rejects.toMatchObject({ code: 'file-changed' });
    await box.sides.receive(bob);
    expect(await box.sides.ledger(bob).quarantine.list({})).toEqual([]);
    await box.flush();
    await box.sides.receive(bob);
    expect(await box.sides.ledger(bob).quarantine.list({})).toMatchObject([{ reason: 'aborted' }]);
  });

  it('is noticed when a send that was cut short goes on', async () => {
    const { transport } = box.failingAt(2);
    const { id } = await box.send({}, { transport });
    appendFileSync(box.path, 'more');
    box.sides.now += 600_000;
    const events = await box.flush();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'failed', id }));
    await box.sides.receive(bob);
    expect((await box.sides.ledger(bob).quarantine.list({})).map(({ reason }) => reason)).toEqual([
      'aborted',
    ]);
  });

  it('is missed by nobody where nothing of it had left', async () => {
    const note = { payload: Buffer.from('note') };
    await box.send(note);
    await box.sides.receive(bob);
    box.sides.now += 1_000;
    const { transport } = box.failingAt(0);
    const { id } = await box.send({ queue: true }, { transport });
    await box.send({ ...note, queue: true }, { transport });
    appendFileSync(box.path, 'more');
    const events = await box.flush();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'failed', id }));
    await box.send(note);
    await box.sides.receive(bob);
    expect(await box.sides.ledger(bob).streams.missing({})).toEqual([]);
    expect((await box.sides.receive(bob)).summary.delivered).toBe(0);
  });
});
