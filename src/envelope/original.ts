import { hash } from 'node:crypto';
import { hexOf } from '../asn1/values.js';
import type { SignatureHash } from '../domain/key-operations.js';
import type { Certificate } from '../x509/certificate.js';
import { attachContent } from './detached.js';
import { describeOid } from './oids.js';
import { requestedIdentifier } from './receipt-request.js';
import { EnvelopeRefused } from './refused.js';
import { messageDigestIn, REQUIRED_ATTRIBUTES } from './signed-attributes-read.js';
import { readDetachedSignedData } from './signed-data-read.js';
import type { ReceiptFacts } from './types.js';
import { verifySigner } from './verify.js';

/** A message that was sent, without its content: what its receipts are checked against. */
export interface Original {
  /** As hexadecimal digits. */
  readonly contentType: string;
  readonly signer: Certificate;
  readonly chain: readonly Certificate[];
  readonly hash: SignatureHash;
  /** The content's digest by `hash`. */
  readonly contentDigest: Uint8Array;
  /** DER of the SET OF signed attributes. */
  readonly signedAttributes: Uint8Array;
  /** The DER values of all signed attributes, by object identifier in hexadecimal. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
  readonly signature: Uint8Array;
}

/**
 * Reads a SignedData whose content was taken off (about 1.3 KB) and verifies its signature, which
 * covers the content by its digest.
 *
 * @param encoded DER of a ContentInfo.
 * @throws EnvelopeRefused
 */
export function readOriginal(encoded: Uint8Array): Original {
  const signedData = readDetachedSignedData(encoded);
  const { signer, chain, attributes } = verifySigner(signedData, REQUIRED_ATTRIBUTES);
  return {
    ...{ contentType: signedData.contentType, signer, chain },
    hash: signedData.signerInfo.digest.hash,
    contentDigest: messageDigestIn(attributes),
    signedAttributes: attributes.encoded,
    attributes: attributes.values,
    signature: signedData.signerInfo.signature,
  };
}

/**
 * The signature value of a SignedData whose content was taken off, not verified.
 *
 * @throws EnvelopeRefused
 */
export function signatureIn(encoded: Uint8Array): Uint8Array {
  return readDetachedSignedData(encoded).signerInfo.signature;
}

/**
 * The SignedData with its content back in its place: what `openssl cms -verify` reads.
 *
 * @throws EnvelopeRefused `signature` when this is not the content that was signed.
 */
export function withContent(encoded: Uint8Array, content: Uint8Array): Buffer {
  const original = readOriginal(encoded);
  if (!hash(original.hash, content, 'buffer').equals(original.contentDigest)) {
    throw new EnvelopeRefused('signature', 'the content is not the one that was signed');
  }
  return attachContent(encoded, content);
}

/**
 * Checks that a receipt is about this message (RFC 2634, section 2.6): the same signature value,
 * content type and content identifier, and the digest of the same signed attributes. Who signed the
 * receipt is not judged here.
 *
 * @throws EnvelopeRefused `receipt` with what differs.
 */
export function checkReceipt(receipt: ReceiptFacts, original: Original): void {
  const requested = requestedIdentifier(original.attributes);
  if (requested === undefined) throw misfit('the message asked for none');
  if (!same(receipt.originatorSignature, original.signature)) {
    throw misfit('it is about another signature');
  }
  if (receipt.contentType !== original.contentType) {
    throw misfit(`it is about content of the type ${describeOid(receipt.contentType)}`);
  }
  if (!same(receipt.contentIdentifier, requested)) {
    throw misfit(`it is about the content ${hexOf(receipt.contentIdentifier)}`);
  }
  const digest = hash(original.hash, original.signedAttributes, 'buffer');
  if (!same(receipt.msgSigDigest, digest)) {
    throw misfit('msgSigDigest is not that of the message');
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function misfit(message: string): EnvelopeRefused {
  return new EnvelopeRefused('receipt', `the receipt does not fit the message: ${message}`);
}
