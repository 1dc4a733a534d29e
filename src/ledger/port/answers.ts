import type { Answered, Attested, ItemException } from '../../domain/attested.js';
import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { OutgoingMessage } from './outbox.js';

/** What a message that asks for receipts says about them. */
export interface ReceiptRequest {
  readonly wants: readonly Attested[];
  /** DER of the Receipt that answers it (RFC 2634, section 2.8). */
  readonly content: Uint8Array;
  /** DER of the attribute msgSigDigest that goes with it. */
  readonly msgSigDigest: Uint8Array;
}

/** Which message is answered. */
export interface AnsweredMessage {
  readonly sender: PeerName;
  readonly id: MessageId;
  readonly digest: string;
  readonly correlationId: string | undefined;
}

/** An answer as it is given. */
export interface Answer extends AnsweredMessage {
  readonly says: Answered;
  /** Why it is rejected: a stable name, and a sentence where the sender may read one. */
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  /** Sealed; where it could not be, it is owed. */
  readonly outgoing: OutgoingMessage | undefined;
}

/** An answer that was given, or is owed. */
export interface AnswerRow extends Omit<Answer, 'outgoing'> {
  readonly number: number;
  /** Its own id; undefined while it is owed. */
  readonly answer: MessageId | undefined;
  readonly madeAt: number;
  /** How often it could not be sealed. */
  readonly tries: number;
  /** How often it was sent again because the message came again. */
  readonly repeats: number;
}

/** Which answers to list. Times are Unix milliseconds; `until` is exclusive. */
export interface AnswerFilter {
  readonly id?: MessageId;
  readonly peer?: PeerName;
  readonly says?: Answered;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
}

/** Receipts and rejections of what was received. They are given with the change that they are about. */
export interface AnswerLedger {
  /** What a received message asked for; undefined where it asked for nothing. */
  request(sender: PeerName, id: MessageId): Promise<ReceiptRequest | undefined>;
  /** The messages of a received batch that such a receipt of it would not speak for. */
  exceptions(
    batch: Pick<AnsweredMessage, 'sender' | 'id'>,
    says: Attested,
  ): Promise<readonly ItemException[]>;
  /** Whether an answer was given, or is owed, already. */
  isGiven(message: Pick<Answer, 'sender' | 'id' | 'digest' | 'says'>): Promise<boolean>;
  /** What is owed and due, the longest waiting first. */
  owed(limit: number): Promise<readonly AnswerRow[]>;
  /** Puts the bytes of an answer that was owed into the outbox; false when they are there already. */
  pay(number: number, outgoing: OutgoingMessage): Promise<boolean>;
  /** It could not be sealed again: tried at the earliest at this time (Unix ms). */
  postpone(number: number, retryAt: number): Promise<void>;
  /** It will never be sealed. */
  forgive(number: number): Promise<void>;
  /** The newest that pass the filter, oldest of them first. */
  list(filter: AnswerFilter): Promise<readonly AnswerRow[]>;
}
