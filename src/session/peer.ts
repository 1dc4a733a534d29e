import { randomBytes } from 'node:crypto';
import { writePem } from '../asn1/pem.js';
import { parseMessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import {
  listen,
  type ListenEvent,
  type ListenFrom,
  type ListenSummary,
} from '../messaging/listen.js';
import { createRequest, type RequestKey, type RequestOptions } from '../identity/request.js';
import type { IncomingDelivery } from '../messaging/sink.js';
import type { ReceiptRow } from '../ledger/port.js';
import {
  ask,
  sendContent,
  type AskOptions,
  type QuestionContent,
  type SentMessage,
} from './conversation.js';
import { ExternalKeyRing, type ExternalKeys } from './external-keys.js';
import { MessageBatch, type MessageBatchOptions } from './message-batch.js';
import type { OutgoingContent } from './outgoing-content.js';
import { receivedMessage, type ReceivedMessage } from './received-message.js';
import { registerOwn, type RegisteredOwn } from './register-own.js';
import { Session } from './session.js';

/** How a peer is opened. */
export interface PeerOptions {
  /** The profile, as `msg init` or `msg sandbox up` made it; the current one where absent. */
  readonly profile?: string;
  /** Settings that beat environment and profile, by name, such as `transport`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where MSG_HOME, MSG_* settings and `env:` secrets are looked up; `process.env` where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** One's own keys, where they live outside of the profile's key store; the first one signs. */
  readonly keys?: ExternalKeys;
  /** Takes warnings, one sentence each; dropped where absent. */
  readonly onWarning?: (sentence: string) => void;
}

/** What a certificate is to say besides the peer's name; the subject is `CN=<peer>` where absent. */
export type RequestedNames = Partial<Omit<RequestOptions, 'peer'>>;

/** Thrown by a handler to refuse a message for good: it goes to quarantine with this reason. */
export class RejectMessage extends Error {
  override readonly name = 'RejectMessage';
}

/** What a recipient said of a message; `receivedAt` is in Unix milliseconds. */
export type ReceiptOf = Pick<ReceiptRow, 'peer' | 'says' | 'reason' | 'detail' | 'receivedAt'>;

/** How to listen. */
export interface PeerListenOptions {
  readonly from?: ListenFrom;
  /** End after so many messages. */
  readonly count?: number;
  readonly untilEmpty?: boolean;
  /** End when nothing came for so many milliseconds. */
  readonly idleTimeout?: number;
  /** How many senders are served at the same time; 4 where absent. */
  readonly lanes?: number;
  /** How often a handler may fail on one message before that goes to quarantine; for ever where absent. */
  readonly maxAttempts?: number;
  /** Take over an inbox that another ledger has read. */
  readonly adopt?: boolean;
  /** Also send what waits in the outbox. Receipts go out in any case. */
  readonly flushOutbox?: boolean;
  readonly onEvent?: (event: ListenEvent) => void;
  /** Ends the listening: the message in hand is finished first. */
  readonly signal?: AbortSignal;
}

const LANES = 4;

/** One's own end of the line: sends and receives as a profile says. */
export class Peer {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** One's own name. */
  get name(): string {
    return this.#session.self;
  }

  /**
   * Seals and publishes a message to one or several peers; with `wait` it also waits for their receipts.
   *
   * @throws MsgError with the code, hint and `retryable` that `msg send` would report: `rejected` and
   *   `no-receipt` say that the message was sent, `not-sent` that the outbox gave it up.
   */
  send(to: string | readonly string[], content: OutgoingContent): Promise<SentMessage> {
    return sendContent(to, content, this.#session);
  }

  /**
   * Asks a peer and resolves with its reply, which no listener gets then. Needs no listener.
   *
   * @throws MsgError as `msg request`: `rejected` and `no-reply` say that the question was sent,
   *   `not-sent` that the outbox gave it up.
   */
  request(
    to: string,
    content: QuestionContent,
    options: AskOptions = {},
  ): Promise<ReceivedMessage> {
    return ask(to, content, options, this.#session);
  }

  /** Answers a message: to its sender, with its correlation id. @throws MsgError as {@link Peer.send} */
  reply(
    { header: { from, id, cid = id } }: Pick<ReceivedMessage, 'header'>,
    content: OutgoingContent,
  ): Promise<SentMessage> {
    return this.send(from, { ...content, replyTo: id, cid });
  }

  /** The receipts and rejections that have come for a message. @throws MsgError `usage` */
  async receipts(id: string): Promise<readonly ReceiptOf[]> {
    const rows = await this.#session.ledger().receipts.list({ id: parseMessageId(id) });
    return rows.map(({ peer, says, reason, detail, receivedAt }) => ({
      ...{ peer, says, reason, detail, receivedAt },
    }));
  }

  /**
   * Sends many small messages to one peer, many in one envelope: at a fraction of the price that each
   * would have alone. Close it in the end.
   *
   * @throws MsgError `usage` for a malformed option.
   */
  batch(to: string, options: MessageBatchOptions = {}): MessageBatch {
    return new MessageBatch(to, options, this.#session.messaging());
  }

  /**
   * Receives messages until told to end. A message is done when the handler's promise resolves; when
   * it rejects the message comes again later, in its sender's order, unless the error is a
   * {@link RejectMessage}.
   */
  async listen(
    handler: (message: ReceivedMessage) => Promise<void> | void,
    options: PeerListenOptions = {},
  ): Promise<ListenSummary> {
    const session = this.#session;
    return listen(session.messaging(), {
      topic: await session.ownInbox(),
      from: options.from ?? { from: 'committed' },
      sink: {
        async deliver(message) {
          await handle(handler, message);
          return {};
        },
      },
      lanes: options.lanes ?? LANES,
      maxAttempts: options.maxAttempts,
      count: options.count,
      untilEmpty: options.untilEmpty ?? false,
      idleTimeout: options.idleTimeout,
      adopt: options.adopt ?? false,
      flush: options.flushOutbox === true ? ['answers', 'messages'] : ['answers'],
      giveUpAfter: session.settings['transport.give-up-after'].value,
      onEvent: options.onEvent ?? (() => undefined),
      signal: options.signal ?? new AbortController().signal,
    });
  }

  /**
   * A certificate request (PKCS#10, PEM) for a key of the application's, in one's own name.
   *
   * @throws MsgError `usage` for a malformed subject or name.
   */
  async certificateRequest(key: RequestKey, names: RequestedNames = {}): Promise<string> {
    const { self } = this.#session;
    const { subject = `CN=${self}`, ...others } = names;
    const der = await createRequest({ ...others, subject, peer: self }, key);
    return writePem('CERTIFICATE REQUEST', der);
  }

  /**
   * Publishes the certificate of the key that signs in the directory, unless it is the newest version
   * there; the profile's account pays.
   *
   * @throws MsgError as `msg register` does.
   */
  register(): Promise<RegisteredOwn> {
    return registerOwn(this.#session, () => Date.now());
  }

  /** Closes ledger, address book and transport. */
  close(): Promise<void> {
    return this.#session.close();
  }
}

/**
 * Opens one's own end of the line. Nothing is asked and nothing is connected before it is needed; a
 * passphrase has to be set by reference, since a library has no terminal.
 *
 * @throws MsgError `config` when the profile or a setting is missing or malformed.
 */
export function openPeer(options: PeerOptions = {}): Peer {
  const env = options.env ?? process.env;
  return new Peer(
    new Session({
      profile: options.profile,
      flags: options.settings ?? {},
      env,
      cwd: process.cwd(),
      clock: () => Date.now(),
      random: (length) => randomBytes(length),
      keys: options.keys === undefined ? undefined : new ExternalKeyRing(options.keys),
      ask: (what, flag) => Promise.reject(unanswered(what, flag)),
      warn: options.onWarning ?? (() => undefined),
      debug: () => undefined,
      onCommandSays: options.onWarning ?? (() => undefined),
      hide: () => undefined,
    }),
  );
}

function unanswered(what: string, flag: string): MsgError {
  const setting = flag.replace(/^--/, '').replace('-', '.');
  return new MsgError('passphrase', `nobody can be asked for ${what}`, {
    hint: `set ${setting} to file:PATH, env:NAME or cmd:COMMAND`,
  });
}

async function handle(
  handler: (message: ReceivedMessage) => Promise<void> | void,
  message: IncomingDelivery,
): Promise<void> {
  try {
    await handler(receivedMessage(message));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof RejectMessage) {
      throw new MsgError('message-refused', `the handler refused it: ${reason}`, { cause: error });
    }
    throw new MsgError('handler-failed', `the handler failed: ${reason}`, { cause: error });
  }
}
