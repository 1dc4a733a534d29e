import type { Answered, ItemException } from '../../domain/attested.js';
import type { Fingerprint } from '../../domain/fingerprint.js';
import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { RecordSource } from './inbox.js';

/** What is kept of a sent message so that its receipts can be checked. */
export interface KeptOriginal {
  readonly id: MessageId;
  /** SHA-256 of the signature value, 64 hexadecimal digits: what a receipt finds it by. */
  readonly signature: string;
  /** The message digest (docs/wire-format.md), which a rejection names. */
  readonly digest: string;
  readonly recipients: readonly PeerName[];
  /** DER of the SignedData without its content. */
  readonly signedData: Uint8Array;
  /** The messages of a batch, in their order. */
  readonly items?: readonly MessageId[];
}

/** What a certificate of the path, or a revocation list, is to a receipt. */
export type EvidenceKind = 'issuer' | 'anchor' | 'crl' | 'own-issuer' | 'own-anchor';

/** A certificate or a revocation list that the judgement relied on. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** DER. */
  readonly content: Uint8Array;
}

/** A receipt or a rejection that was verified and judged. */
export interface IncomingReceipt {
  /** The message that it is about. */
  readonly id: MessageId;
  readonly peer: PeerName;
  readonly says: Answered;
  /** Why it was rejected: a stable name, and a sentence. */
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  /** The messages of a batch that it does not speak for; they were rejected. */
  readonly except?: readonly ItemException[];
  /** Which of the originals it is about. */
  readonly signature: string;
  readonly signer: Fingerprint;
  /** DER of its SignedData. */
  readonly signedData: Uint8Array;
  /** What was known of the signer, as JSON. */
  readonly judgement: string;
  readonly evidence: readonly Evidence[];
  readonly source: RecordSource;
}

/**
 * A receipt or a rejection that is kept. Where one message of a batch was asked for it says what was said
 * of that one, and `batch` is the message that it was given for.
 */
export interface ReceiptRow extends Omit<IncomingReceipt, 'signedData' | 'evidence'> {
  readonly batch?: MessageId;
  readonly number: number;
  readonly receivedAt: number;
  /** How often the same was said again. */
  readonly repeats: number;
}

/** Which receipts to list. Times are Unix milliseconds; `until` is exclusive. */
export interface ReceiptFilter {
  readonly id?: MessageId;
  readonly peer?: PeerName;
  readonly says?: Answered;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
}

/** Receipts and rejections of what was sent. They come in with the other records of the inbox. */
export interface ReceiptLedger {
  /** What was kept of a message, once for each time that it was signed. */
  originals(id: MessageId): Promise<readonly KeptOriginal[]>;
  /** The original with this signature value's SHA-256. */
  originalOf(signature: string): Promise<KeptOriginal | undefined>;
  /** The newest that pass the filter, oldest of them first. */
  list(filter: ReceiptFilter): Promise<readonly ReceiptRow[]>;
  /** All that verifies a receipt, by its number. */
  proof(number: number): Promise<Pick<IncomingReceipt, 'signedData' | 'evidence'> | undefined>;
}
