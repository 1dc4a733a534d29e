import type { Header } from '../envelope/header.js';
import type { MessageId } from '../domain/message-id.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { RecordSource } from '../ledger/port.js';
import type { Payload } from './payload.js';

/** A verified message on its way to whoever asked for it. */
export interface IncomingDelivery {
  /** The ledger's number of the message; undefined in a look back at what was never claimed. */
  readonly number: number;
  readonly header: Header;
  readonly payload: Payload;
  /** SHA-256 of the signer's certificate. */
  readonly signer: Fingerprint;
  readonly source: RecordSource;
  readonly receivedAt: number;
  /** 1 at the first try. */
  readonly attempt: number;
  /** Whether an earlier attempt may have reached the sink already. */
  readonly redelivered: boolean;
  /** Whether it was asked for again, having been delivered before. */
  readonly replay: boolean;
  /** The name of the replay that remembers what it delivers. */
  readonly replayRun?: string | undefined;
  /** What an earlier attempt noted. */
  readonly sinkNote: string | undefined;
  /**
   * Keeps a note in the ledger, durable when the promise resolves.
   *
   * @throws LaneLost when another process has taken the message over meanwhile.
   */
  readonly note: (text: string) => Promise<void>;
}

/** What a sink has to say about a delivery, for the line that is printed about it. */
export interface SinkResult {
  /** The file the payload was written to. */
  readonly file?: string;
  /** How whoever took it answered, such as `exit 0` or `HTTP 204`. */
  readonly outcome?: string;
  /** How long that took. */
  readonly milliseconds?: number;
  /** What it answered with, where that is to be sent back. */
  readonly reply?: ReplyContent;
  /** The id of the reply, once the outbox has it. */
  readonly replyId?: MessageId;
}

/** What a handler answers to a message. */
export interface ReplyContent {
  readonly payload: Uint8Array;
  readonly contentType: string;
}

/**
 * Where messages go. `deliver` resolves when the message is safely there; a retryable MsgError makes
 * its sender's lane wait and try again, any other error moves the message to quarantine.
 */
export interface Sink {
  deliver(message: IncomingDelivery): Promise<SinkResult>;
}

/** The reader of the output went away (`head -1`): stop quietly, the message is not delivered. */
export class SinkClosed extends Error {
  override readonly name = 'SinkClosed';
}

/** Another process has taken over the sender's lane: whatever was under way must not be finished. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}
