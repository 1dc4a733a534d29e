import type { Fingerprint } from '../../domain/fingerprint.js';
import type { MessageId } from '../../domain/message-id.js';
import type { InboxState } from '../../domain/message-states.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { AnnouncedFile, PendingLimits, ReceivedChunk } from './incoming-files.js';
import type { Answer, ReceiptRequest } from './answers.js';
import type { NamingMessage } from './streams.js';
import type { IncomingReceipt } from './receipts.js';

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
  /** What it asks for; none where it asks for no receipt. */
  readonly request?: ReceiptRequest | undefined;
  /** The messages before it, where it is one that has such. */
  readonly naming?: NamingMessage | undefined;
}

/** One message of a batch. */
export type IncomingItem = Pick<
  IncomingMessage,
  'id' | 'digest' | 'type' | 'correlationId' | 'header'
>;

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
  /** Whether the sender has proven that this is its message with this id. */
  readonly proven?: boolean;
  /**
   * It is not refused: whoever has signed it cannot be judged now. What has the same lane is judged in
   * its order, later.
   */
  readonly lane?: string | undefined;
}

/** One record on its way into the ledger. */
export type IncomingRecord =
  /** The answer is given with it, the first time that it is kept. */
  | {
      readonly outcome: 'message';
      readonly message: IncomingMessage;
      readonly answer?: Answer | undefined;
    }
  | {
      readonly outcome: 'refused';
      readonly refused: RefusedRecord;
      /** The messages before it, where its sender has proven its name. */
      readonly naming?: NamingMessage | undefined;
      readonly answer?: Answer | undefined;
    }
  | { readonly outcome: 'receipt'; readonly receipt: IncomingReceipt }
  /** Many messages in one record. The receipts that it asks for are owed. */
  | {
      readonly outcome: 'batch';
      readonly message: IncomingMessage;
      readonly items: readonly IncomingItem[];
    }
  /** A message whose payload comes in chunks. */
  | {
      readonly outcome: 'manifest';
      readonly message: IncomingMessage;
      readonly file: AnnouncedFile;
      readonly limits: PendingLimits;
    }
  /** The sender takes a manifest back. */
  | { readonly outcome: 'abort'; readonly fileId: Uint8Array; readonly refused: RefusedRecord }
  | { readonly outcome: 'chunk'; readonly chunk: ReceivedChunk }
  /** A chunk that no known manifest announced, of so many bytes. */
  | { readonly outcome: 'orphan'; readonly fileId: Uint8Array; readonly size: number };

/**
 * What became of a record: a message to be delivered, one whose chunks are to come, a chunk that was
 * kept; a receipt that was kept; something known already; the same id with other content (of a batch:
 * such a message is in it); refused; set aside until its signer can be judged;
 * dropped by an operator before and therefore passed over; a chunk that its file has or no longer needs;
 * or one whose file nobody knows.
 */
export type ClaimOutcome =
  | 'new'
  | 'begun'
  | 'progress'
  | 'receipt'
  | 'duplicate'
  | 'conflict'
  | 'refused'
  | 'unjudged'
  | 'dropped'
  | 'stale'
  | 'orphan';

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
  /** How many of the attempts were made before an operator had it tried anew. */
  readonly spared: number;
  /** How often it came again, at another offset: reading the same record twice is no duplicate. */
  readonly duplicates: number;
  /** What the sink noted before it delivered, such as the final file name. */
  readonly sinkNote: string | undefined;
  /** The batch that it came in; undefined where it came alone. */
  readonly item: ItemPlace | undefined;
}

/** Where a message lies in a batch. */
export interface ItemPlace {
  /** The number of the batch. */
  readonly container: number;
  readonly batch: MessageId;
  /** From 0. */
  readonly place: number;
}

/** What came in, and how far each partition has been read. */
export interface InboxLedger {
  /**
   * In one transaction: keeps or counts each record, and moves the next offset past them all. That
   * never goes back; without `next` it stays where it is.
   *
   * It may not be on the disk yet when this resolves: `Ledger.durable` says when, and until then the log
   * has to keep the records, and nothing may be handed on.
   */
  receive(
    records: readonly IncomingRecord[],
    next: RecordSource | undefined,
  ): Promise<readonly ClaimOutcome[]>;
  /** The next offset to read, or undefined when nothing was ever read there. */
  position(at: LogPosition): Promise<bigint | undefined>;
  /** Sets the next offset to read, also back: the operator asked for it. */
  movePosition(at: LogPosition, next: bigint): Promise<void>;
  /** How many received messages have not been delivered. */
  undelivered(): Promise<number>;
  /** The sealed bytes that a received message came in, by its number. */
  sealed(number: number): Promise<Uint8Array | undefined>;
}
