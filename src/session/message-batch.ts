import { parseDuration } from '../domain/duration.js';
import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { MessagingDeps } from '../messaging/deps.js';
import {
  BOUNDS,
  type BatchedMessage,
  type BatchedResult,
  type BatchOptions,
} from '../messaging/items/batch-request.js';
import { Batcher } from '../messaging/items/batcher.js';
import { jsonBytes, type OutgoingContent } from './outgoing-content.js';

/** What all messages of a batch share, and when one goes out: whatever comes first. */
export interface MessageBatchOptions extends Pick<
  OutgoingContent,
  'type' | 'cid' | 'contentType' | 'expires' | 'queue' | 'compress'
> {
  /** The receipts to ask for: one for each envelope. */
  readonly receipt?: readonly ('received' | 'processed')[];
  /** An envelope goes out with so many messages in it; 1,000 where absent, which is the most. */
  readonly count?: number;
  /** With so many bytes; 900 KiB where absent, which is the most. */
  readonly bytes?: number;
  /** When its first message has waited so many milliseconds; 20 where absent. */
  readonly linger?: number;
}

/** One message: `json` or `payload`, and what it says for itself. */
export type BatchedContent = Pick<
  OutgoingContent,
  'json' | 'payload' | 'contentType' | 'type' | 'cid' | 'name' | 'id'
>;

/** Sends many small messages to one peer, many in one envelope. */
export class MessageBatch {
  readonly #batcher: Batcher;

  constructor(to: string, options: MessageBatchOptions, deps: MessagingDeps) {
    const {
      type,
      cid,
      contentType = 'application/json',
      expires,
      queue,
      compress,
      receipt,
    } = options;
    const { count = BOUNDS.count, bytes = BOUNDS.bytes, linger = BOUNDS.linger } = options;
    const shared: BatchOptions = {
      ...{ to: parsePeerName(to), contentType },
      ...(type === undefined ? {} : { type }),
      ...(cid === undefined ? {} : { cid }),
      ...(expires === undefined ? {} : { expiresIn: parseDuration(expires) }),
      ...(queue === undefined ? {} : { queue }),
      ...(compress === true ? { encoding: 'gzip' as const } : {}),
      ...(receipt === undefined ? {} : { receipt }),
    };
    this.#batcher = new Batcher(deps, shared, {
      count: within('count', count, [1, BOUNDS.count]),
      bytes: within('bytes', bytes, [1, BOUNDS.bytes]),
      linger: within('linger', linger, [0, 60_000]),
    });
  }

  /**
   * Adds a message; resolves when it is in the recipient's inbox, or kept for later (`queued`). Waiting for
   * each before the next is added leaves one in each envelope: add them, and wait for {@link ready}.
   *
   * @throws MsgError with the code and hint that `msg send` would report.
   */
  async send(content: BatchedContent): Promise<BatchedResult> {
    return this.#batcher.add(messageOf(content));
  }

  /** Resolves when there is room for more. */
  ready(): Promise<void> {
    return this.#batcher.ready();
  }

  /** Sends what was added so far without further waiting; resolves when all of it has been settled. */
  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  /** As {@link flush}; nothing can be added afterwards. */
  close(): Promise<void> {
    return this.#batcher.close();
  }
}

function messageOf({ json, payload, id, type, cid, name, contentType }: BatchedContent) {
  if ((json === undefined) === (payload === undefined)) {
    throw new MsgError('usage', 'give exactly one of json and payload');
  }
  const message: { -readonly [K in keyof BatchedMessage]: BatchedMessage[K] } = {
    payload: payload ?? jsonBytes(json),
  };
  if (id !== undefined) message.id = parseMessageId(id);
  if (type !== undefined) message.type = type;
  if (cid !== undefined) message.cid = cid;
  if (name !== undefined) message.name = name;
  if (contentType !== undefined) message.contentType = contentType;
  return message;
}

function within(name: string, value: number, [least, most]: readonly [number, number]): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new MsgError('usage', `${name} is ${value}`, {
    hint: `give a whole number from ${least} to ${most}`,
  });
}
