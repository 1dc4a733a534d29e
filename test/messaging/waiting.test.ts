import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { send } from '../../src/messaging/send.js';
import {
  failureOf,
  waitForReceipts,
  type AwaitedReceipts,
} from '../../src/messaging/waiting/receipts-awaited.js';
import { refuseUnreadable, type WaitOptions } from '../../src/messaging/waiting/while-reading.js';
import { instead } from '../support/instead.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';
import { until } from '../support/until.js';

const BOB = parsePeerName('bob');

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([makePeer('alice'), makePeer('bob'), makePeer('carol')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob, carol);
});

/** Alice sends something and asks for both receipts. */
async function sent(...to: readonly TestPeer[]): Promise<AwaitedReceipts> {
  const peers = to.map(({ name }) => parsePeerName(name));
  const { id } = await send(
    {
      ...{ to: peers, payload: Buffer.from('hello'), contentType: 'text/plain' },
      expiresIn: 1_800_000,
      receipt: ['received', 'processed'],
    },
    sides.deps(alice),
  );
  return { id, peers, says: 'processed' };
}

function options(changes: Partial<WaitOptions> = {}): WaitOptions {
  return {
    ...{ topic: 'msg.in.alice', until: sides.now + 60_000, flush: ['answers'] },
    ...{ onFlush: () => undefined, signal: new AbortController().signal },
    ...changes,
  };
}

function wait(
  awaited: AwaitedReceipts,
  changes: Partial<WaitOptions> = {},
  deps: Partial<MessagingDeps> = {},
) {
  return waitForReceipts(awaited, options(changes), sides.deps(alice, deps));
}

const said = (standings: readonly { peer: string; says: string | undefined }[]): string[] =>
  standings.map(({ peer, says }) => `${peer} ${says ?? '-'}`);

describe('whoever waits for receipts', () => {
  it('gets those of every recipient, with nobody listening', async () => {
    const awaited = await sent(bob, carol);
    const waiting = wait(awaited);
    await sides.receive(bob);
    await sides.receive(carol);
    const standings = await waiting;
    expect(said(standings)).toEqual(['bob processed', 'carol processed']);
    expect(failureOf(awaited, standings)).toBeUndefined();
  });

  it('is told who has not answered when the time is over', async () => {
    const awaited = await sent(bob, carol);
    await sides.receive(bob);
    const waiting = wait(awaited);
    await until('bob has answered', async () => {
      return (await sides.ledger(alice).receipts.list({})).length === 2;
    });
    sides.now += 60_000;
    const standings = await waiting;
    expect(said(standings)).toEqual(['bob processed', 'carol -']);
    const failure = failureOf(awaited, standings);
    expect(failure).toMatchObject({ code: 'no-receipt', exitCode: 75, retryable: false });
    expect(failure?.message).toContain('from carol');
    expect(failure?.hint).toContain(`--id ${awaited.id}`);
  });

  it('is told who rejected the message, and why', async () => {
    const awaited = await sent(bob);
    const waiting = wait(awaited, { until: sides.now + 7_200_000 });
    sides.now += 3_600_000;
    await sides.receive(bob);
    const standings = await waiting;
    expect(said(standings)).toEqual(['bob rejected']);
    expect(failureOf(awaited, standings)).toMatchObject({ code: 'rejected', exitCode: 5 });
  });

  /** Alice's broker takes nothing of what goes to bob. */
  const refusing = (error: Error): Partial<MessagingDeps> => ({
    transport: instead(sides.log, { publish: () => Promise.reject(error) }),
  });

  async function queued(error: Error): Promise<AwaitedReceipts> {
    const to = [BOB];
    const request = { to, payload: Buffer.from('hello'), contentType: 'text/plain', queue: true };
    const asked = { ...request, receipt: ['received'] as const };
    const { id } = await send(asked, sides.deps(alice, refusing(error)));
    return { id, peers: to, says: 'received' };
  }

  it('is told at once when the outbox gave the message up, and why', async () => {
    const awaited = await queued(new MsgError('broker-unreachable', 'nobody there'));
    const tooLarge = refusing(new MsgError('too-large', 'too large for bob'));
    // It is due again.
    sides.now += 600_000;
    const standings = await wait(awaited, { flush: ['answers', 'messages'] }, tooLarge);
    expect(standings).toMatchObject([{ peer: 'bob', unsent: { state: 'failed', isOver: true } }]);
    const failure = failureOf(awaited, standings);
    expect(failure).toMatchObject({ code: 'not-sent', exitCode: 2, retryable: false });
    expect(failure?.message).toContain('to bob: the inbox of bob does not take');
    expect(failure?.hint).toContain(`msg outbox flush ${awaited.id}`);
  });

  it('is told when somebody cancels it meanwhile', async () => {
    const awaited = await queued(new MsgError('broker-unreachable', 'nobody there'));
    const waiting = wait(awaited);
    await sides.ledger(alice).outbox.cancel(awaited.id);
    const failure = failureOf(awaited, await waiting);
    expect(failure).toMatchObject({ code: 'not-sent' });
    expect(failure?.message).toContain('it was cancelled');
  });

  it('waits on for what may have left, whatever became of it, and is not told that it was sent', async () => {
    const awaited = await queued(new Error('the connection broke'));
    await sides
      .ledger(alice)
      .outbox.markFailed({ id: awaited.id, recipient: BOB, error: 'no more', outcome: 'unknown' });
    const standings = await wait(awaited, { until: sides.now });
    expect(standings).toMatchObject([{ unsent: { state: 'failed', isOver: false } }]);
    const failure = failureOf(awaited, standings);
    expect(failure).toMatchObject({ code: 'no-receipt' });
    expect(failure?.message).toContain('not known to be sent to bob yet');
  });

  it('has them at once when they came before', async () => {
    const awaited = await sent(bob);
    await sides.receive(bob);
    await sides.receive(alice);
    expect(said(await wait(awaited, { until: sides.now }))).toEqual(['bob processed']);
  });

  it('leaves the reading to a listener', async () => {
    const awaited = await sent(bob);
    const { readers } = sides.ledger(alice);
    await readers.listen({ token: 'listener', owner: 'alice:9:cd', until: sides.now + 3_600_000 });
    const transport = instead(sides.log, {
      subscribe: () => expect.fail('there is a listener already'),
    });
    const waiting = wait(awaited, {}, { transport });
    await sides.receive(bob);
    await sides.receive(alice);
    expect(said(await waiting)).toEqual(['bob processed']);
  });

  it('leaves what it takes in, delivered to nobody, to the next listener', async () => {
    const awaited = await sent(bob);
    const waiting = wait(awaited);
    const to = [parsePeerName('alice')];
    const note = { to, payload: Buffer.from('note'), contentType: 'text/plain' };
    await send(note, sides.deps(bob));
    await sides.receive(bob);
    await waiting;
    expect(await sides.ledger(alice).inbox.undelivered()).toBe(1);
    expect((await sides.receive(alice)).summary).toMatchObject({ delivered: 1, duplicates: 0 });
  });

  it('gives the receipts that others ask for, meanwhile', async () => {
    const awaited = await sent(bob);
    const waiting = wait(awaited);
    const to = [parsePeerName('alice')];
    const question = { to, payload: Buffer.from('note'), contentType: 'text/plain' };
    const { id } = await send({ ...question, receipt: ['received'] }, sides.deps(bob));
    await until('the receipt has left', async () => {
      const [answer] = await sides.ledger(alice).answers.list({});
      const [row] = answer?.answer ? await sides.ledger(alice).history.find(answer.answer) : [];
      return row?.direction === 'out' && row.deliveries[0]?.state === 'sent';
    });
    await sides.receive(bob);
    expect(await sides.ledger(bob).receipts.list({ id })).toMatchObject([{ says: 'received' }]);
    await waiting;
  });

  it('ends when it is told to, and lets another one stand in', async () => {
    const ending = new AbortController();
    const awaited = await sent(bob);
    const waiting = wait(awaited, { signal: ending.signal });
    // A lease that is over when it begins: it asks and takes nothing.
    const lease = { token: 'other', owner: 'alice:9:cd', until: sides.now };
    const { readers } = sides.ledger(alice);
    await until('it stands in', async () => !(await readers.standIn(lease, () => false)));
    ending.abort();
    expect(said(await waiting)).toEqual(['bob -']);
    expect(await readers.standIn(lease, () => false)).toBe(true);
  });

  it('goes on while the log is away', async () => {
    const awaited = await sent(bob);
    let isAway = true;
    const transport = instead(sides.log, {
      subscribe: (how) =>
        isAway
          ? Promise.reject(new MsgError('broker-unreachable', 'no broker answers'))
          : sides.log.subscribe(how),
    });
    const waiting = wait(awaited, {}, { transport });
    await until('it was noticed', () => sides.warnings.length > 0);
    expect(sides.warnings.join()).toContain('no broker answers');
    isAway = false;
    sides.now += 2_000;
    await sides.receive(bob);
    expect(said(await waiting)).toEqual(['bob processed']);
  });
});

describe('before anything is sent', () => {
  it('is refused to wait at an inbox that another ledger reads', async () => {
    const group = { topic: 'msg.in.alice', group: 'msg.alice', commitMetadata: 'another' };
    await sides.log.moveGroup({ ...group, to: new Map([[0, 0n]]) });
    const refused = refuseUnreadable('msg.in.alice', sides.deps(alice));
    await expect(refused).rejects.toMatchObject({ code: 'config' });
  });

  it('is refused to wait at an inbox that is not there', async () => {
    const refused = refuseUnreadable('msg.in.nobody', sides.deps(alice));
    await expect(refused).rejects.toMatchObject({ code: 'not-found' });
  });
});
