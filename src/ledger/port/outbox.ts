import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';

/** Where a message to one recipient stands. */
export type OutboxState = 'queued' | 'publishing' | 'sent' | 'failed';

/** One recipient's delivery. */
export interface OutboxDelivery {
  readonly recipient: PeerName;
  readonly topic: string;
  readonly state: OutboxState;
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  /** How often a publish was begun. */
  readonly attempts: number;
  /** Whether the log may have it although its state does not say so. */
  readonly mayHaveLeft: boolean;
  readonly sentAt: number | undefined;
  readonly error: string | undefined;
}

/** A message to be kept before anything leaves. */
export interface OutgoingMessage {
  readonly id: MessageId;
  /** What makes a second send with the same id the same message: content, recipients and options. */
  readonly digest: string;
  readonly kind: string;
  readonly type: string | undefined;
  readonly correlationId: string | undefined;
  readonly header: string;
  readonly sealed: Uint8Array;
  readonly deliveries: readonly { readonly recipient: PeerName; readonly topic: string }[];
}

/** A sent message. */
export interface OutboxRow extends Omit<OutgoingMessage, 'deliveries' | 'sealed'> {
  readonly number: number;
  readonly createdAt: number;
  readonly deliveries: readonly OutboxDelivery[];
}

/** What became of an id offered to the outbox. */
export type EnqueueOutcome =
  | { readonly outcome: 'kept'; readonly row: OutboxRow }
  | { readonly outcome: 'known'; readonly row: OutboxRow }
  | { readonly outcome: 'conflict'; readonly row: OutboxRow };

/** What goes out: kept before anything leaves, the sealed bytes included. */
export interface OutboxLedger {
  /**
   * Keeps a message and its deliveries, or says that the id is known (same digest) or taken. With
   * `begin` the publish of every delivery of a kept message begins in the same transaction.
   */
  enqueue(
    message: OutgoingMessage,
    options?: { readonly begin?: boolean },
  ): Promise<EnqueueOutcome>;
  /** The next number in the stream to this recipient, from 1 on; a number is never given twice. */
  nextSequence(recipient: PeerName): Promise<number>;
  /** Notes that a publish begins: from here on its outcome may be unknown. */
  beginPublish(id: MessageId, recipient: PeerName): Promise<void>;
  markSent(
    id: MessageId,
    recipient: PeerName,
    at: { partition: number; offset: bigint | undefined },
  ): Promise<void>;
  /** Back to the queue: the publish certainly did not happen, or its outcome is unknown. */
  markQueued(
    id: MessageId,
    recipient: PeerName,
    error: string,
    outcome: 'not-sent' | 'unknown',
  ): Promise<void>;
  /** The recipient is not to get it any more: nothing but an operator sends it again. */
  markFailed(id: MessageId, recipient: PeerName, error: string): Promise<void>;
  /** Takes back a message of which certainly nothing left; refused once anything may have. */
  forget(id: MessageId): Promise<boolean>;
  /** The sealed bytes of an outgoing message. */
  sealed(id: MessageId): Promise<Uint8Array | undefined>;
}
