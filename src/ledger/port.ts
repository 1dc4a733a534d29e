import type { Fingerprint } from '../domain/fingerprint.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';

/** Where a record came from. */
export interface RecordSource {
  readonly clusterId: string;
  readonly topic: string;
  readonly topicId: string | undefined;
  readonly partition: number;
  readonly offset: bigint;
  /** The log's append time in Unix milliseconds. */
  readonly appendedAt: number;
}

/** A partition of one particular log, as positions are kept by. */
export type LogPosition = Omit<RecordSource, 'offset' | 'appendedAt'>;

/** A verified message, ready to be claimed. */
export interface IncomingMessage {
  readonly source: RecordSource;
  readonly sender: PeerName;
  readonly id: MessageId;
  /** What makes two messages the same: 64 hexadecimal digits over content and header. */
  readonly digest: string;
  readonly kind: string;
  readonly type: string | undefined;
  readonly correlationId: string | undefined;
  /** The signed header as JSON text. */
  readonly header: string;
  readonly signer: Fingerprint;
  /** The record's value: the sealed bytes as they came. */
  readonly sealed: Uint8Array;
}

/** A record that was refused for good. */
export interface RefusedRecord {
  readonly source: RecordSource;
  /** As far as it is known; a hint only, nothing here is authenticated. */
  readonly claimedSender: string | undefined;
  readonly claimedId: string | undefined;
  /** A stable name for why. */
  readonly reason: string;
  /** A sentence for the operator. */
  readonly detail: string;
  readonly sealed: Uint8Array;
}

/** One record on its way into the ledger. */
export type IncomingRecord =
  | { readonly outcome: 'message'; readonly message: IncomingMessage }
  | { readonly outcome: 'refused'; readonly refused: RefusedRecord };

/** What became of a record: delivered later, known already, or the same id with other content. */
export type ClaimOutcome = 'new' | 'duplicate' | 'conflict' | 'refused';

/** Where a message in the inbox stands. A quarantined one stays known, so that it cannot come again. */
export type InboxState = 'received' | 'delivering' | 'done' | 'quarantined';

/** A received message. */
export interface InboxRow {
  readonly number: number;
  readonly sender: PeerName;
  readonly id: MessageId;
  readonly digest: string;
  readonly kind: string;
  readonly type: string | undefined;
  readonly correlationId: string | undefined;
  readonly header: string;
  readonly signer: Fingerprint;
  readonly state: InboxState;
  readonly source: RecordSource;
  readonly receivedAt: number;
  readonly doneAt: number | undefined;
  /** How often delivery was begun; above 1 the message is marked as redelivered. */
  readonly attempts: number;
  /** How often it came again, at another offset: reading the same record twice is no duplicate. */
  readonly duplicates: number;
  /** What the sink noted before it delivered, such as the final file name. */
  readonly sinkNote: string | undefined;
}

/** A message claimed for delivery, with its sealed bytes. */
export interface Delivery extends InboxRow {
  readonly sealed: Uint8Array;
}

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

/** A refused record that was kept. */
export interface QuarantineRow extends RefusedRecord {
  readonly number: number;
  readonly quarantinedAt: number;
}

/** Which messages to list. Times are Unix milliseconds; `until` is exclusive. */
export interface MessageFilter {
  readonly direction?: 'in' | 'out';
  readonly peer?: PeerName;
  readonly state?: string;
  readonly since?: number;
  readonly until?: number;
  readonly correlationId?: string;
  readonly limit?: number;
}

/** One line of history, newest last. */
export type HistoryRow =
  ({ readonly direction: 'in' } & InboxRow) | ({ readonly direction: 'out' } & OutboxRow);

/** How many of each there are. */
export interface LedgerCounts {
  /** Messages ever received, in whatever state. */
  readonly received: number;
  readonly done: number;
  /** How often messages came again. */
  readonly duplicates: number;
  /** Records in quarantine. */
  readonly quarantined: number;
  /** Deliveries to recipients that are still to be made. */
  readonly queued: number;
  readonly sent: number;
}

/**
 * What happened, durably: every method that changes something has it on the disk when its promise
 * resolves. Several processes may use one ledger. Failures are MsgErrors `disk-full`, `ledger-busy`
 * or `config` (the file is not a ledger, or of a newer version).
 */
export interface Ledger {
  /** A UUID made with the ledger; it travels with every committed position. */
  readonly id: string;
  /** The id of this sender's stream, for gap detection; made with the ledger. */
  readonly stream: string;

  /**
   * In one transaction: keeps or counts each record, and moves the next offset past them all. That
   * never goes back; without `next` it stays where it is.
   */
  receive(
    records: readonly IncomingRecord[],
    next: RecordSource | undefined,
  ): Promise<readonly ClaimOutcome[]>;
  /** The next offset to read, or undefined when nothing was ever read there. */
  position(at: LogPosition): Promise<bigint | undefined>;
  /** Sets the next offset to read, also back: the operator asked for it. */
  movePosition(at: LogPosition, next: bigint): Promise<void>;

  /**
   * Claims the oldest undelivered message of a sender whose lane is free, leaving out the senders
   * given: nobody is delivering from that sender, this owner included, or its lease has run out. A
   * sender's messages are claimed in the order of their numbers. The lease lasts until `leaseUntil`
   * (Unix ms) unless renewed; it is bound to the sender.
   */
  claimDelivery(claim: {
    readonly owner: string;
    readonly leaseUntil: number;
    readonly except: readonly PeerName[];
  }): Promise<Delivery | undefined>;
  /** Says whether the owner still had the lane; if not, another may be delivering from it. */
  renewLease(owner: string, sender: PeerName, leaseUntil: number): Promise<boolean>;
  /** Records what a sink is about to do (a final file name), before it does it. */
  noteSink(number: number, note: string): Promise<void>;
  /**
   * Delivery succeeded: state done, lane free; with a receipt, that is put into the outbox in the
   * same transaction. Saying so twice changes nothing the second time.
   */
  completeDelivery(owner: string, number: number, receipt?: OutgoingMessage): Promise<void>;
  /** Delivery did not succeed: back to received, lane free; nothing is lost. */
  releaseDelivery(owner: string, number: number): Promise<void>;
  /** Frees the lanes of owners that are gone, before their leases run out; says how many. */
  releaseAbandoned(isGone: (owner: string) => boolean): Promise<number>;
  /** Delivery failed for good: the message moves to quarantine with a reason. */
  quarantineDelivery(
    owner: string,
    number: number,
    why: { reason: string; detail: string },
  ): Promise<void>;
  /** How many received messages have not been delivered. */
  undelivered(): Promise<number>;

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
  outgoingSealed(id: MessageId): Promise<Uint8Array | undefined>;

  /** Everything known under an id: what was sent, and what came, oldest first. */
  find(id: MessageId): Promise<readonly HistoryRow[]>;
  incomingSealed(number: number): Promise<Uint8Array | undefined>;
  /** The newest messages that pass the filter, oldest of them first. */
  list(filter: MessageFilter): Promise<readonly HistoryRow[]>;
  /** The newest quarantined records, oldest of them first. */
  quarantined(filter: { readonly limit?: number }): Promise<readonly QuarantineRow[]>;
  counts(): Promise<LedgerCounts>;
  close(): Promise<void>;
}
