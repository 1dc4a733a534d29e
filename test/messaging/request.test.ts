import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { send, type SendResult } from '../../src/messaging/send.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import {
  request,
  type Question,
  type RequestOptions,
} from '../../src/messaging/waiting/request.js';
import { instead } from '../support/instead.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';
import { Sides } from '../support/two-sides.js';
import { until } from '../support/until.js';

let alice: TestPeer;
let bob: TestPeer;
let sides: Sides;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  sides = await Sides.open(alice, bob);
});

const ALICE = parsePeerName('alice');
const BOB = parsePeerName('bob');

/** A question that is being asked: its id once it has left, its reply, and how the asking ends. */
class Asked {
  readonly replies: IncomingDelivery[] = [];
  readonly ended: Promise<void>;
  readonly #sent: SendResult[] = [];

  constructor(
    question: Partial<Question> = {},
    options: Partial<RequestOptions> = {},
    deps: Partial<MessagingDeps> = {},
  ) {
    this.ended = request(
      { peer: BOB, payload: Buffer.from('how much?'), contentType: 'text/plain', ...question },
      {
        ...{ topic: 'msg.in.alice', timeout: 60_000, signal: new AbortController().signal },
        onFlush: () => undefined,
        onSent: (result) => this.#sent.push(result),
        onReply: (reply) => Promise.resolve(void this.replies.push(reply)),
        ...options,
      },
      sides.deps(alice, deps),
    );
    this.ended.catch(() => undefined);
  }

  async id(): Promise<MessageId> {
    return (await until('it was sent', () => this.#sent[0])).id;
  }
}

/** Bob answers, or writes whatever else. */
function bobWrites(text: string, replyTo?: MessageId, large = false): Promise<SendResult> {
  const payload = Buffer.from(large ? text.repeat(1_000_000 / text.length) : text);
  const reply = replyTo === undefined ? {} : { replyTo, cid: replyTo };
  return send({ to: [ALICE], payload, contentType: 'text/plain', ...reply }, sides.deps(bob));
}

async function textOf(reply: IncomingDelivery | undefined): Promise<string> {
  return Buffer.from((await reply?.payload.bytes()) ?? []).toString('utf8');
}

/** How many messages a listener of alice's gets. */
async function deliveredToAlice(): Promise<number> {
  return (await sides.receive(alice)).summary.delivered;
}

describe('a question', () => {
  it('ends with its reply, which is delivered to nobody else', async () => {
    const asked = new Asked();
    const id = await asked.id();
    await bobWrites('something else');
    await bobWrites('17', id);
    await asked.ended;
    expect(asked.replies).toMatchObject([{ header: { replyTo: id, cid: id }, replay: false }]);
    expect(await textOf(asked.replies[0])).toBe('17');
    expect(await deliveredToAlice()).toBe(1);
  });

  it('gets a reply that a listener has taken in', async () => {
    const { readers } = sides.ledger(alice);
    await readers.listen({ token: 'listener', owner: 'alice:9:cd', until: sides.now + 3_600_000 });
    const asked = new Asked();
    await bobWrites('17', await asked.id());
    expect(await deliveredToAlice()).toBe(0);
    await asked.ended;
    expect(await textOf(asked.replies[0])).toBe('17');
  });

  it('gets a reply of any size', async () => {
    const texts: string[] = [];
    const onReply = async (reply: IncomingDelivery): Promise<void> => {
      expect(reply.payload.place).toBe('file');
      texts.push(await textOf(reply));
    };
    const asked = new Asked({}, { onReply });
    await bobWrites('0123456789', await asked.id(), true);
    await asked.ended;
    expect(texts[0]).toHaveLength(1_000_000);
    expect(await sides.spool(alice).names()).toEqual([]);
  });

  it('ends when it is rejected, with the reason', async () => {
    const asked = new Asked({ expiresIn: 1_800_000 }, { timeout: 7_200_000 });
    await asked.id();
    sides.now += 3_600_000;
    await sides.receive(bob);
    await expect(asked.ended).rejects.toMatchObject({ code: 'rejected', exitCode: 5 });
    await expect(asked.ended).rejects.toThrow('bob rejected');
  });

  /** It is kept under its id, and asked again: the log takes nothing of it meanwhile. */
  async function askedAgain(
    error: () => Error,
    question: Partial<Question> = {},
  ): Promise<{ readonly id: MessageId; readonly asked: Asked }> {
    const id = newMessageId(() => sides.now, randomBytes);
    const refusing = {
      transport: instead(sides.log, { publish: () => Promise.reject(error()) }),
    };
    const kept = { payload: Buffer.from('how much?'), contentType: 'text/plain', ...question };
    const receipt = ['received'] as const;
    const request = { ...kept, id, cid: id, to: [BOB], receipt, queue: true };
    await send(request, sides.deps(alice, refusing));
    const asked = new Asked({ id, ...question }, { timeout: 3_600_000 }, refusing);
    await asked.id();
    return { id, asked };
  }

  const nobodyThere = (): Error => new MsgError('broker-unreachable', 'nobody there');

  it('ends at once when the outbox fails to send it for good, and says why', async () => {
    const { id, asked } = await askedAgain(nobodyThere);
    await sides
      .ledger(alice)
      .outbox.markFailed({ id, recipient: BOB, error: 'bob takes nothing', outcome: 'unknown' });
    const code = { code: 'not-sent', exitCode: 2, retryable: false };
    await expect(asked.ended).rejects.toMatchObject(code);
    await expect(asked.ended).rejects.toThrow(`sending ${id} to bob: bob takes nothing`);
    await expect(asked.ended).rejects.toMatchObject({
      hint: expect.stringContaining(`msg outbox flush ${id}`) as string,
    });
  });

  it('ends at once when it expires before it could be sent', async () => {
    const { asked } = await askedAgain(nobodyThere, { expiresIn: 60_000 });
    sides.now += 60_000;
    await expect(asked.ended).rejects.toMatchObject({ code: 'not-sent' });
    await expect(asked.ended).rejects.toThrow('it expired before it could be sent');
  });

  it('ends at once when somebody cancels it, and lets go of its reply', async () => {
    const { id, asked } = await askedAgain(nobodyThere);
    await sides.ledger(alice).outbox.cancel(id);
    await expect(asked.ended).rejects.toThrow('it was cancelled');
    await bobWrites('17', id);
    expect(await deliveredToAlice()).toBe(1);
  });

  it('waits on for what may have left, whatever became of it after that', async () => {
    const { id, asked } = await askedAgain(() => new Error('the connection broke'));
    await sides
      .ledger(alice)
      .outbox.markFailed({ id, recipient: BOB, error: 'no more', outcome: 'unknown' });
    await bobWrites('17', id);
    await asked.ended;
    expect(await textOf(asked.replies[0])).toBe('17');
  });

  it('is not said to be sent when the time is over and nobody knows whether it was', async () => {
    const { asked } = await askedAgain(nobodyThere);
    sides.now += 3_600_000;
    await expect(asked.ended).rejects.toMatchObject({ code: 'no-reply' });
    await expect(asked.ended).rejects.toThrow('not known to be sent yet, and no reply has come');
  });

  it('ends when the time is over; the reply that comes then is delivered like any other', async () => {
    const asked = new Asked();
    const id = await asked.id();
    await sides.receive(bob);
    await until('bob has it', async () => {
      return (await sides.ledger(alice).receipts.list({ id })).length > 0;
    });
    sides.now += 60_000;
    await expect(asked.ended).rejects.toMatchObject({ code: 'no-reply', retryable: false });
    await expect(asked.ended).rejects.toThrow('who has received the question');
    await bobWrites('late', id);
    expect(await deliveredToAlice()).toBe(1);
  });

  it('is asked once under one id, and gets a reply that was delivered meanwhile', async () => {
    const id = newMessageId(() => MOMENT, randomBytes);
    const first = new Asked({ id });
    await first.id();
    sides.now += 60_000;
    await expect(first.ended).rejects.toMatchObject({ code: 'no-reply' });
    await bobWrites('late', id);
    expect(await deliveredToAlice()).toBe(1);
    const second = new Asked({ id });
    await second.ended;
    expect(second.replies).toMatchObject([{ header: { replyTo: id }, replay: true }]);
    expect((await sides.receive(bob)).summary.delivered).toBe(1);
  });

  it('is asked by one process at a time', async () => {
    const id = newMessageId(() => MOMENT, randomBytes);
    const first = new Asked({ id });
    await first.id();
    const second = new Asked({ id }, {}, { owner: 'alice:2:cd' });
    await expect(second.ended).rejects.toMatchObject({ code: 'id-conflict' });
    await bobWrites('17', id);
    await first.ended;
  });

  it('whose reply cannot be handled leaves it to the listener', async () => {
    const onReply = () => Promise.reject(new Error('no place for it'));
    const asked = new Asked({}, { onReply });
    await bobWrites('17', await asked.id());
    await expect(asked.ended).rejects.toThrow('no place for it');
    expect(await deliveredToAlice()).toBe(1);
  });

  it('that was killed with its reply in hand leaves it to the next listener', async () => {
    const stuck = new Promise<void>(() => undefined);
    let hasReply = false;
    const onReply = (): Promise<void> => {
      hasReply = true;
      return stuck;
    };
    const asked = new Asked({}, { onReply });
    await bobWrites('17', await asked.id());
    await until('the reply is there', () => hasReply);
    // As after a kill: the process is gone, and nothing of it runs any more.
    await sides.ledger(alice).lanes.releaseAbandoned((owner) => owner === 'alice:1:ab');
    expect(await deliveredToAlice()).toBe(1);
  });

  it('gives the receipt that its reply asks for', async () => {
    const asked = new Asked();
    const replyTo = await asked.id();
    const text = { payload: Buffer.from('17'), contentType: 'text/plain' };
    const { id } = await send(
      { to: [ALICE], ...text, replyTo, receipt: ['received', 'processed'] },
      sides.deps(bob),
    );
    await asked.ended;
    await sides.receive(alice);
    await sides.receive(bob);
    const came = await sides.ledger(bob).receipts.list({ id });
    expect(came.map(({ says }) => says).sort()).toEqual(['processed', 'received']);
  });

  it('is not asked where its reply could not be read', async () => {
    const asked = new Asked({}, { topic: 'msg.in.nobody' });
    await expect(asked.ended).rejects.toMatchObject({ code: 'not-found' });
    expect(await sides.records(bob)).toEqual([]);
  });

  it('that was not sent is waited for by nobody', async () => {
    const id = newMessageId(() => MOMENT, randomBytes);
    const transport = instead(sides.log, {
      publish: () => Promise.reject(new MsgError('broker-unreachable', 'no broker answers')),
    });
    const asked = new Asked({ id }, {}, { transport });
    await expect(asked.ended).rejects.toThrow('no broker answers');
    const awaited = { request: id, peer: BOB, correlationId: id, owner: 'x:1:ab', until: 0 };
    expect(await sides.ledger(alice).requests.begin(awaited, () => false)).toBe(true);
  });
});
