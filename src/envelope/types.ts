import type { Certificate } from '../x509/certificate.js';
import type { KeyOperations, SignatureHash } from '../domain/key-operations.js';
import type { Header } from './header.js';

/** Someone a message is sealed to: only the certificate matters here. */
export interface Recipient {
  readonly certificate: Certificate;
}

/** One's own certificate and the key behind it. */
export interface OwnKey {
  readonly certificate: Certificate;
  readonly key: KeyOperations;
}

/** What to seal. */
export interface SealInput {
  readonly header: Header;
  readonly payload: Uint8Array;
  readonly signer: OwnKey;
  /** Issuers to put into the SignedData beside the signer's certificate. */
  readonly chain?: readonly Certificate[];
  readonly recipients: readonly Recipient[];
  /** signingTime, in Unix milliseconds (whole seconds survive). */
  readonly signingTime: number;
  /** DER of further signed attributes, such as a receipt's msgSigDigest (RFC 2634, section 2.9). */
  readonly attributes?: readonly Uint8Array[];
}

/** What a receipt says (RFC 2634, sections 2.8 and 2.9). */
export interface ReceiptFacts {
  /** The content type of the message it is about, as hexadecimal digits. */
  readonly contentType: string;
  /** The content identifier that the message's receipt request gave. */
  readonly contentIdentifier: Uint8Array;
  /** The signature value of the message it is about. */
  readonly originatorSignature: Uint8Array;
  /** The digest of that message's signed attributes. */
  readonly msgSigDigest: Uint8Array;
}

/** Content with its one signature verified. Whose the signature is must still be judged. */
export interface SignedContent {
  /** As hexadecimal digits. */
  readonly contentType: string;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload, as 64 hexadecimal digits. */
  readonly payloadSha256: string;
  /** The certificate that made the signature. Whose it is must still be judged. */
  readonly signer: Certificate;
  /** The other certificates that came with it, issuers of the signer's or of each other, unjudged. */
  readonly chain: readonly Certificate[];
  /** The hash of the signature: what a receipt's msgSigDigest is made with (RFC 2634, 2.6). */
  readonly hash: SignatureHash;
  /** The signed attributes as they were signed: DER of a SET OF. */
  readonly signedAttributes: Uint8Array;
  /** The DER values of all signed attributes, by object identifier in hexadecimal. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
  readonly signature: Uint8Array;
  /** The whole SignedData (a DER ContentInfo) as it was inside the envelope. */
  readonly signedData: Uint8Array;
}

/** A message without its envelope: its one signature verified, its header parsed. */
export interface SignedMessage extends SignedContent {
  readonly header: Header;
  /** signingTime, in Unix milliseconds. */
  readonly signingTime: number;
  /** What it says where it is a receipt. */
  readonly receipt: ReceiptFacts | undefined;
}

/** A receipt that another program than msg has signed: without our header it attests `received`. */
export interface PlainReceipt extends SignedContent {
  readonly header: undefined;
  readonly receipt: ReceiptFacts;
}

/** A message that was opened: decrypted, its one signature verified, its header parsed. */
export interface Opened extends SignedMessage {
  /** Which of one's own certificates opened it. */
  readonly openedWith: Certificate;
}

/** Limits for opening, in bytes. */
export interface OpenLimits {
  readonly sealed: number;
}
