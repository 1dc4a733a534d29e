import { newMessageId, type MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import { EnvelopeRefused } from '../../envelope/refused.js';
import { MsgError } from '../../errors.js';
import type { Delivery, InboxRow, ReplyKey } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { OpenedCache } from '../opened-cache.js';
import { KeysUnusable, prepareDelivery } from '../prepare-delivery.js';
import { processedAnswer } from '../receipts/give.js';
import { prepareAgain } from '../replay/prepare-again.js';
import type { AnySendRequest } from '../send-request.js';
import { send, type SendResult } from '../send.js';
import type { IncomingDelivery } from '../sink.js';
import { releaseSpooled } from '../spool-upkeep.js';
import { rejection } from './receipts-awaited.js';
import { givenUp, unsentOf, type Unsent } from './unsent.js';
import { refuseUnreadable, whileReading, type WaitOptions } from './while-reading.js';

/** For how long a reply that has come is kept for whoever handles it, in milliseconds. */
const HANDLING = 600_000;

/** So long the sending itself may take, in milliseconds. */
const SENDING = 86_400_000;

/** A message that is to be answered, by its one recipient. */
export interface Question extends Omit<AnySendRequest, 'to' | 'replyTo' | 'receipt' | 'queue'> {
  readonly peer: PeerName;
}

/** How to ask. */
export interface RequestOptions extends Omit<WaitOptions, 'until' | 'flush'> {
  /** How long to wait for the reply once the question was sent, in milliseconds. */
  readonly timeout: number;
  /** Told that the question has left, or waits in the outbox. */
  readonly onSent: (result: SendResult) => void;
  /**
   * Takes the reply. When its promise resolves the reply is done and is delivered to nobody else; when
   * it rejects it goes where other messages of this peer go.
   */
  readonly onReply: (reply: IncomingDelivery) => Promise<void>;
}

/**
 * Asks a peer and waits for its reply. The question asks for the receipt `received`, so that a rejection
 * ends the waiting; so does an outbox that gave the question up. A reply that comes too late, or to nobody
 * because this process was killed, is delivered like any other message. Under the id of a question that
 * was asked before it waits on, and gives a reply that was delivered meanwhile, marked as a replay.
 *
 * @throws MsgError as `send` and {@link refuseUnreadable}; `rejected`; `not-sent` when the outbox gave the
 *   question up before any of it left; `no-reply` when the time is over; `interrupted` when the signal ended
 *   it; `id-conflict` when another process waits for this reply.
 */
export async function request(
  question: Question,
  options: RequestOptions,
  deps: MessagingDeps,
): Promise<void> {
  const id = question.id ?? newMessageId(deps.clock, deps.random);
  const { peer, cid = id } = question;
  await refuseUnreadable(options.topic, deps);
  const key = { request: id, owner: deps.owner };
  const awaited = {
    ...{ ...key, peer, correlationId: cid },
    until: deps.clock() + options.timeout + SENDING,
  };
  if (!(await deps.ledger.requests.begin(awaited, deps.isGone))) throw alreadyAwaited(id);
  try {
    const message = { ...question, id, cid, to: [peer], receipt: ['received'] as const };
    const sent = await send(message, deps);
    const until = deps.clock() + options.timeout;
    options.onSent(sent);
    await deps.ledger.requests.extend(key, until);
    await new Waiting({ key, peer }, options, deps).run(until, sent.state === 'queued');
  } finally {
    await deps.ledger.requests.end(key);
  }
}

type Answered =
  | { readonly kind: 'reply'; readonly delivery: Delivery }
  | { readonly kind: 'again'; readonly row: InboxRow }
  | { readonly kind: 'rejected' | 'given-up'; readonly error: MsgError };

class Waiting {
  readonly #key: ReplyKey;
  readonly #peer: PeerName;
  readonly #options: RequestOptions;
  readonly #deps: MessagingDeps;

  constructor(
    { key, peer }: { readonly key: ReplyKey; readonly peer: PeerName },
    options: RequestOptions,
    deps: MessagingDeps,
  ) {
    this.#key = key;
    this.#peer = peer;
    this.#options = options;
    this.#deps = deps;
  }

  async run(until: number, isQueued: boolean): Promise<void> {
    const options = this.#options;
    const answered = await whileReading(
      () => this.#look(),
      {
        ...options,
        until,
        flush: isQueued ? ['answers', 'messages'] : ['answers'],
      },
      this.#deps,
    );
    if (answered === undefined) throw await this.#unanswered();
    if ('error' in answered) throw answered.error;
    if (answered.kind === 'again') {
      return options.onReply(
        await this.#prepared(prepareAgain(answered.row, this.#deps, undefined)),
      );
    }
    await this.#handle(answered.delivery);
  }

  async #look(): Promise<Answered | undefined> {
    const { requests, receipts } = this.#deps.ledger;
    const delivery = await requests.take(this.#key, this.#deps.clock() + HANDLING);
    if (delivery !== undefined) return { kind: 'reply', delivery };
    const row = await requests.delivered(this.#key);
    if (row !== undefined) return { kind: 'again', row };
    const { request: id } = this.#key;
    const [rejected] = await receipts.list({ id, peer: this.#peer, says: 'rejected' });
    if (rejected !== undefined) return { kind: 'rejected', error: rejection(id, rejected) };
    const unsent = await this.#unsent();
    if (unsent?.isOver !== true) return undefined;
    return { kind: 'given-up', error: givenUp(id, { peer: this.#peer, ...unsent }) };
  }

  /** How it stands with the question where the outbox has not sent it. */
  async #unsent(): Promise<Unsent | undefined> {
    return (await unsentOf(this.#key.request, this.#deps)).get(this.#peer);
  }

  /** Where it cannot be handled its lane has it, since it was not completed. */
  async #handle(delivery: Delivery): Promise<void> {
    const { owner } = this.#deps;
    const cache = new OpenedCache(0);
    const reply = await this.#prepared(prepareDelivery(delivery, this.#deps, { owner, cache }));
    await this.#options.onReply({ ...reply, attempt: reply.attempt + 1 });
    const answer = await processedAnswer(delivery, this.#deps);
    await this.#deps.ledger.requests.complete(this.#key, answer);
    await releaseSpooled(this.#deps);
  }

  async #prepared(reply: Promise<IncomingDelivery>): Promise<IncomingDelivery> {
    try {
      return await reply;
    } catch (error) {
      if (error instanceof KeysUnusable) throw error.cause;
      if (!(error instanceof EnvelopeRefused)) throw error;
      throw new MsgError('message-refused', `the reply cannot be opened: ${error.message}`, {
        hint: '"msg listen" moves it to the quarantine',
        cause: error,
      });
    }
  }

  async #unanswered(): Promise<MsgError> {
    const { request: id } = this.#key;
    const receipts = await this.#deps.ledger.receipts.list({ id, peer: this.#peer });
    const isReceived = receipts.length > 0 ? ', who has received the question' : '';
    const isUnsent = receipts.length === 0 && (await this.#unsent()) !== undefined;
    const what = isUnsent ? 'not known to be sent yet' : 'sent';
    const sentence = `${what}, and no reply has come yet from ${this.#peer}${isReceived}`;
    const hint = `wait on with the same command and --id ${id}; without it the question is asked twice`;
    const isBrokenOff = this.#options.signal.aborted;
    return new MsgError(isBrokenOff ? 'interrupted' : 'no-reply', sentence, { hint });
  }
}

function alreadyAwaited(id: MessageId): MsgError {
  return new MsgError('id-conflict', `another process waits for the reply to ${id}`, {
    hint: 'leave --id out to ask anew, or wait until that one has ended',
  });
}
