import { createHash } from 'node:crypto';
import { messageIdBytes, newMessageId, type MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Header } from '../envelope/header.js';
import { MsgError } from '../errors.js';
import type { MessagingDeps } from './deps.js';
import { MessageRefused } from './message-refused.js';
import { resolveRecipients } from './recipients.js';
import type { SendRequest } from './send-request.js';
import { compose } from './send.js';
import type { IncomingDelivery, Sink, SinkResult } from './sink.js';

/** What every reply is given besides its content. */
export interface ReplyOptions {
  readonly type?: string | undefined;
  /** Told about an answer that is not sent, and why not. */
  readonly onDiscarded: (message: IncomingDelivery, reason: string) => void;
}

/**
 * Sends what a handler answers back to the sender of the message, under an id that follows from the
 * message: one that is delivered again is answered once. What is a reply itself is not answered, since
 * two handlers would never come to an end.
 */
export class ReplySink implements Sink {
  readonly #sink: Sink;
  readonly #deps: MessagingDeps;
  readonly #options: ReplyOptions;

  /** @param sink hands the messages over, and gives what was answered. */
  constructor(sink: Sink, deps: MessagingDeps, options: ReplyOptions) {
    this.#sink = sink;
    this.#deps = deps;
    this.#options = options;
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    const { reply, ...result } = await this.#sink.deliver(message);
    if (reply === undefined) return result;
    const reason = whyNot(message);
    if (reason !== undefined) {
      this.#options.onDiscarded(message, reason);
      return result;
    }
    const { type } = this.#options;
    const { from, id, cid = id } = message.header;
    const replyId = replyIdFor(message.header, this.#deps.self);
    const request = { to: [from], id: replyId, replyTo: id, cid, ...reply };
    await this.#keep({ ...request, ...(type === undefined ? {} : { type }) });
    return { ...result, replyId };
  }

  /** The reply to an earlier attempt stands, whatever the handler says now. */
  async #keep(request: SendRequest & { readonly id: MessageId }): Promise<void> {
    const known = await this.#deps.ledger.history.find(request.id);
    if (known.some(({ direction }) => direction === 'out')) return;
    try {
      const recipients = await resolveRecipients(request.to, this.#deps);
      await this.#deps.ledger.outbox.enqueue(await compose(request, recipients, this.#deps));
    } catch (error) {
      if (!(error instanceof MsgError) || error.retryable) throw error;
      throw new MessageRefused(
        'reply-failed',
        `it was handled, but the reply cannot be sent: ${error.message}`,
        { cause: error },
      );
    }
  }
}

function whyNot({ header, replay }: IncomingDelivery): string | undefined {
  if (replay) return 'it was a replay';
  return header.replyTo === undefined ? undefined : 'the message is a reply itself';
}

/** The id of the one reply that this peer's handler gives to a message. */
export function replyIdFor({ from, id }: Pick<Header, 'from' | 'id'>, self: PeerName): MessageId {
  const digest = createHash('sha256').update(`msg reply\n${self}\n${from}\n${id}`).digest();
  return newMessageId(
    () => messageIdBytes(id).readUIntBE(0, 6),
    (length) => digest.subarray(0, length),
  );
}
