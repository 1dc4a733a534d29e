import { hash } from 'node:crypto';
import { Asn1Error, Asn1Reader, contentOf, readSingle } from '../asn1/reader.js';
import { oidOf, smallInteger, TAG } from '../asn1/values.js';
import { integer, octetString, oid, sequence } from '../asn1/writer.js';
import { ATTRIBUTE } from './oids.js';
import { requestedIdentifier } from './receipt-request.js';
import { EnvelopeRefused } from './refused.js';
import { writeAttribute } from './signed-attributes.js';
import type { Opened, ReceiptFacts } from './types.js';

/** A receipt before it is signed. */
export interface UnsignedReceipt {
  /** DER of Receipt (RFC 2634, section 2.8). */
  readonly content: Buffer;
  /** DER of the attribute msgSigDigest (RFC 2634, section 2.9). */
  readonly msgSigDigest: Buffer;
}

const VERSION_1 = integer(1);

/**
 * What a receipt for a message says: which content, under which signature. msgSigDigest is made with
 * the message's own digest algorithm, whatever the receipt is signed with.
 *
 * @throws EnvelopeRefused `receipt` when the message does not ask for one.
 */
export function receiptFor(
  message: Pick<Opened, 'attributes' | 'signature' | 'hash' | 'signedAttributes' | 'contentType'>,
): UnsignedReceipt {
  const identifier = requestedIdentifier(message.attributes);
  if (identifier === undefined) throw refused('the message asks for none');
  return {
    content: sequence(
      VERSION_1,
      oid(message.contentType),
      octetString(identifier),
      octetString(message.signature),
    ),
    msgSigDigest: writeAttribute(
      ATTRIBUTE.msgSigDigest,
      octetString(hash(message.hash, message.signedAttributes, 'buffer')),
    ),
  };
}

/**
 * Reads what a signed receipt says, from its content and its signed attributes.
 *
 * @throws EnvelopeRefused `receipt` for another version than 1, or anything that is not the DER of a
 *   Receipt.
 */
export function readReceipt(
  content: Uint8Array,
  attributes: ReadonlyMap<string, Uint8Array>,
): ReceiptFacts {
  try {
    const receipt = new Asn1Reader(content).into(readSingle(content, TAG.sequence));
    const version = smallInteger(receipt.take());
    if (version !== 1) throw refused(`version ${version}`);
    const contentType = oidOf(receipt.take());
    const contentIdentifier = contentOf(receipt.take(TAG.octetString));
    const originatorSignature = contentOf(receipt.take(TAG.octetString));
    receipt.finish();
    const msgSigDigest = readDigest(attributes.get(ATTRIBUTE.msgSigDigest));
    return { contentType, contentIdentifier, originatorSignature, msgSigDigest };
  } catch (error) {
    if (error instanceof Asn1Error) throw refused(`it is malformed: ${error.message}`, error);
    throw error;
  }
}

function readDigest(value: Uint8Array | undefined): Uint8Array {
  if (value === undefined) throw refused('msgSigDigest is missing');
  return contentOf(readSingle(value, TAG.octetString));
}

function refused(message: string, cause?: unknown): EnvelopeRefused {
  return new EnvelopeRefused('receipt', `the receipt is refused: ${message}`, cause);
}
