import type { Attested, ItemException } from '../domain/attested.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';

/** What a message is. Each kind goes with exactly one eContentType. */
export type MessageKind = 'message' | 'manifest' | 'batch' | 'receipt' | 'rejected';

/** A recipient as the signed header names it. */
export interface HeaderRecipient {
  readonly peer: PeerName;
  /** SHA-256 of the certificate the message was sealed to. */
  readonly cert: Fingerprint;
  /** Messages to this recipient that were kept before, and that none before this one named. */
  readonly after?: readonly MessageId[];
  /** Messages to this recipient that others may have named and that certainly never left. */
  readonly void?: readonly MessageId[];
}

/**
 * The signed header, version 1 (docs/wire-format.md). What it says is what the program believes. The
 * order of the fields here is their order in canonical JSON.
 */
export interface Header {
  readonly v: 1;
  readonly id: MessageId;
  readonly kind: MessageKind;
  readonly from: PeerName;
  readonly to: readonly HeaderRecipient[];
  /** When it was sealed, in Unix milliseconds. */
  readonly sent: number;
  readonly contentType: string;
  /** The payload's length in bytes, before `encoding`; of a manifest, that of the file it announces. */
  readonly size: number;
  /** From when on it must not be delivered any more, in Unix milliseconds. */
  readonly expires?: number;
  readonly type?: string;
  /** The correlation id. */
  readonly cid?: string;
  readonly replyTo?: MessageId;
  /** A file name without a path. */
  readonly name?: string;
  readonly encoding?: 'gzip';
  /** The receipts that the sender asks for. */
  readonly receipt?: readonly Attested[];
  /** What a receipt says of the message that `replyTo` names. */
  readonly attests?: Attested;
  /** The messages of a batch, in their order; each has a part of the payload. */
  readonly items?: readonly HeaderItem[];
  /** The messages of a batch that its receipt does not speak for. */
  readonly except?: readonly ItemException[];
}

/** One message of a batch. What it does not say of itself, the batch's header says. */
export interface HeaderItem {
  readonly id: MessageId;
  /** In bytes. */
  readonly size: number;
  readonly type?: string;
  readonly cid?: string;
  readonly name?: string;
  readonly contentType?: string;
}
