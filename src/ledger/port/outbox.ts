import type { Fingerprint } from '../../domain/fingerprint.js';
import type { MessageId } from '../../domain/message-id.js';
import type { OutboxState } from '../../domain/message-states.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { NewManifest, NewOutgoingFile, OutgoingSource } from './outgoing-files.js';
import type { KeptOriginal } from './receipts.js';

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
  /** Whether that is so because of an attempt before the present one. */
  readonly mayHaveLeftBefore: boolean;
  /** Whether it goes in chunks to this recipient, behind a manifest of its own. */
  readonly inChunks: boolean;
  readonly sentAt: number | undefined;
  /** Before this moment (Unix ms) no flush that waits its turn tries again. */
  readonly nextAttemptAt: number;
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
  /** What lets its author open the sealed bytes again; none where they are never sealed anew. */
  readonly ownInfo?: Uint8Array | undefined;
  /** The certificate that signed it. */
  readonly signer: Fingerprint;
  /** What its receipts will be checked against, one for each signature; none where it asks for none. */
  readonly originals?: readonly KeptOriginal[];
  /** From when on (Unix ms) it must not be delivered any more. */
  readonly expiresAt?: number | undefined;
  readonly deliveries: readonly OutgoingDelivery[];
  /** A payload that goes in chunks; each recipient has a manifest of its own then. */
  readonly file?: NewOutgoingFile;
  /** The messages of a batch, in their order. */
  readonly items?: readonly OutgoingItem[];
}

/** Where a message is to go. */
export interface OutgoingDelivery {
  readonly recipient: PeerName;
  readonly topic: string;
  /**
   * The messages to this recipient that its header names as those before it: it is to be named itself, and
   * these are not named again. Without it nobody will miss the message.
   */
  readonly after?: readonly MessageId[];
  /** The messages to this recipient that its header declares void: no other one has to. */
  readonly voids?: readonly MessageId[];
}

/** One message of a batch. */
export interface OutgoingItem {
  readonly id: MessageId;
  /** Whether the caller chose the id, so that it may stand for a message already. */
  readonly isChosen: boolean;
  /** As that of a message which goes alone: 64 hexadecimal digits. */
  readonly digest: string;
  /** Where it is not the batch's. */
  readonly type: string | undefined;
  /** Where it is not the batch's, nor the message's own id. */
  readonly correlationId: string | undefined;
}

/** An id that stands for a message already. */
export interface TakenId {
  readonly id: MessageId;
  readonly digest: string;
  /** The message that went out: the batch, or itself. */
  readonly message: MessageId;
}

/** What a message has anew when it is sealed anew. */
export interface SealedAnew extends Pick<
  OutgoingMessage,
  'header' | 'sealed' | 'ownInfo' | 'signer'
> {
  /** What receipts for the new signature will be checked against. */
  readonly original?: KeptOriginal | undefined;
}

/**
 * A part of a batch that goes out in several, under an id of its own. Where nothing of the batch can have
 * left, the first one keeps that of the batch.
 */
export interface BatchPart
  extends
    SealedAnew,
    Pick<OutgoingMessage, 'id' | 'header' | 'sealed' | 'signer' | 'expiresAt' | 'deliveries'> {
  /** Its messages, in their order. */
  readonly items: readonly MessageId[];
}

/** A sent message; the header of one that went in a batch is that of the batch. */
export interface OutboxRow extends Omit<
  OutgoingMessage,
  'deliveries' | 'sealed' | 'ownInfo' | 'originals' | 'file' | 'items'
> {
  readonly number: number;
  readonly createdAt: number;
  readonly deliveries: readonly OutboxDelivery[];
  /** The batch that it went in, and its place there from 0. */
  readonly item?: { readonly batch: MessageId; readonly place: number };
}

/** What became of an id offered to the outbox. */
export type EnqueueOutcome =
  | { readonly outcome: 'kept'; readonly row: OutboxRow }
  | { readonly outcome: 'known'; readonly row: OutboxRow }
  | { readonly outcome: 'conflict'; readonly row: OutboxRow };

/** Which process publishes, and until when (Unix ms) nobody else may. */
export interface PublishLease {
  readonly owner: string;
  readonly until: number;
}

/**
 * What waits in lanes of its own: receipts and rejections are `answers`, everything else `messages`.
 * One does not hold up the other.
 */
export type LaneKind = 'answers' | 'messages';

/** A recipient's queue of one kind. */
export interface OutboxLane {
  readonly kind: LaneKind;
  readonly recipient: PeerName;
}

/** Which deliveries to claim. */
export interface PublishClaim {
  readonly lease: PublishLease;
  readonly kinds: readonly LaneKind[];
  /** Lanes that are left alone. */
  readonly except: readonly OutboxLane[];
  /** Whether to take also what waits for its next attempt. */
  readonly eager: boolean;
  /** At most so many messages of one lane, and so many sealed bytes of them; one is always taken. */
  readonly most: { readonly count: number; readonly bytes: number };
}

/** A delivery claimed for publishing, with what is needed for it. */
export interface ClaimedDelivery {
  readonly row: OutboxRow;
  readonly delivery: OutboxDelivery;
  readonly sealed: Uint8Array;
  readonly ownInfo: Uint8Array | undefined;
}

/** The oldest deliveries of one recipient, in their order. */
export interface ClaimedLane extends OutboxLane {
  readonly deliveries: readonly ClaimedDelivery[];
}

/** A delivery by its message and recipient. */
export interface DeliveryKey {
  readonly id: MessageId;
  readonly recipient: PeerName;
}

/** A delivery that goes in chunks from now on, and was kept for one record. */
export interface ChunkedDelivery extends DeliveryKey {
  /** Its payload; one that is kept for another recipient of the message already is read instead. */
  readonly source: OutgoingSource;
  readonly manifest: NewManifest;
}

/** Where the log put a delivery. */
export interface SentDelivery extends DeliveryKey {
  readonly partition: number;
  readonly offset: bigint | undefined;
}

/** Why a delivery is over, and whether the attempt that is under way, if any, may have left. */
export interface FailedDelivery extends DeliveryKey {
  readonly error: string;
  readonly outcome: 'not-sent' | 'unknown';
}

/** Why a delivery goes back to the queue. */
export interface RequeuedDelivery extends DeliveryKey {
  readonly error: string;
  readonly outcome: 'not-sent' | 'unknown';
  /** Unix milliseconds. */
  readonly retryAt: number;
}

/** What goes out: kept before anything leaves, the sealed bytes included. */
export interface OutboxLedger {
  /**
   * Keeps a message and its deliveries, or says that the id is known (same digest) or taken. With
   * `begin` the publish of every delivery of a kept message begins in the same transaction.
   */
  enqueue(
    message: OutgoingMessage,
    options?: { readonly begin?: PublishLease },
  ): Promise<EnqueueOutcome>;
  /**
   * As {@link OutboxLedger.enqueue} for a batch with an id that nobody has had; where ids of its messages
   * are taken, nothing is kept. Marks as sent, in the same transaction and in any case, what was.
   */
  enqueueBatch(
    batch: OutgoingMessage & Required<Pick<OutgoingMessage, 'items'>>,
    options?: { readonly begin?: PublishLease; readonly sent?: readonly SentDelivery[] },
  ): Promise<{ readonly row: OutboxRow } | { readonly taken: readonly TakenId[] }>;
  /**
   * Has a batch that waits go out in parts, all of them in its place in the queue. False where it is under
   * way, was sent or is over, or has an id that its first part must not keep.
   */
  split(id: MessageId, parts: readonly BatchPart[]): Promise<boolean>;
  /**
   * Has a delivery that waits go in chunks from now on, under its id and in its place in the queue. False
   * where it is under way, over, or does so already.
   */
  goInChunks(delivery: ChunkedDelivery): Promise<boolean>;
  /** Which of these ids stand for a message already. */
  taken(ids: readonly MessageId[]): Promise<readonly TakenId[]>;
  /**
   * Notes that a publish begins: from here on its outcome may be unknown. False when another process
   * is publishing the delivery, or nothing is left to do for it.
   */
  beginPublish(delivery: DeliveryKey, lease: PublishLease): Promise<boolean>;
  /**
   * Begins the publish of the oldest deliveries of a lane in which nobody publishes. Undefined when no
   * lane has any that is due.
   */
  claim(claim: PublishClaim): Promise<ClaimedLane | undefined>;
  /** Prolongs everything that the owner is publishing. */
  renew(lease: PublishLease): Promise<void>;
  /** Puts back what processes that are gone were publishing, its outcome unknown; says how many. */
  releaseAbandoned(isGone: (owner: string) => boolean): Promise<number>;
  /**
   * They are in their inboxes. It may not be on the disk yet when this resolves: what is forgotten is
   * published again, as the same bytes.
   */
  markSent(deliveries: readonly SentDelivery[]): Promise<void>;
  /** Back to the queue: the publish certainly did not happen, or its outcome is unknown. */
  markQueued(deliveries: readonly RequeuedDelivery[]): Promise<void>;
  /** The recipient is not to get it any more: nothing but an operator sends it again. */
  markFailed(delivery: FailedDelivery): Promise<void>;
  /** Ends the deliveries whose message has expired before it left, and says which. */
  expire(now: number): Promise<readonly DeliveryKey[]>;
  /** Back to the queue, as if it had never been claimed. */
  putBack(deliveries: readonly DeliveryKey[]): Promise<void>;
  /** Sends a delivery to another topic from now on: its recipient moved the inbox. */
  redirect(delivery: DeliveryKey, topic: string): Promise<void>;
  /**
   * Puts back into the queue what was sent to these recipients, the very same bytes: the log may have
   * them. Says to whom; to nobody once the bytes are gone. A large payload goes out from its beginning.
   */
  resend(id: MessageId, recipients: readonly PeerName[]): Promise<readonly PeerName[]>;
  /** Puts failed deliveries of a message back into the queue; says how many. */
  retry(id: MessageId): Promise<number>;
  /**
   * Cancels what waits for these recipients, or for all; all of it or nothing. `refused` names the
   * deliveries that may have left, are under way or are over.
   */
  cancel(
    id: MessageId,
    recipients?: readonly PeerName[],
  ): Promise<{
    readonly cancelled: readonly PeerName[];
    readonly refused: readonly OutboxDelivery[];
  }>;
  /** Replaces the sealed bytes of a message that was sealed anew under its id. */
  reseal(id: MessageId, anew: SealedAnew): Promise<void>;
  /** Takes back a message of which certainly nothing left; refused once anything may have. */
  forget(id: MessageId): Promise<boolean>;
  /** The sealed bytes of an outgoing message, and what its author opens them with. */
  kept(id: MessageId): Promise<Pick<ClaimedDelivery, 'sealed' | 'ownInfo'> | undefined>;
  /** The sealed bytes of an outgoing message. */
  sealed(id: MessageId): Promise<Uint8Array | undefined>;
  /** What waits or has failed, oldest first. */
  pending(): Promise<readonly OutboxRow[]>;
  /** When (Unix ms) the next delivery is due, in lanes where nobody publishes now. */
  nextDue(kinds: readonly LaneKind[]): Promise<number | undefined>;
}
