import { Asn1Error, Asn1Reader, contentOf } from '../asn1/reader.js';
import { contextTag, TAG } from '../asn1/values.js';
import { octetString, sequence, tlv } from '../asn1/writer.js';
import { messageIdBytes, type MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { ATTRIBUTE } from './oids.js';
import { EnvelopeRefused } from './refused.js';
import { writeAttribute } from './signed-attributes.js';

/** ReceiptsFrom: `[0] IMPLICIT INTEGER` allReceipts; the header says who the recipients are. */
const FROM_ALL = tlv(contextTag(0, 'primitive'), Buffer.of(0));

/**
 * The attribute that asks every recipient for a receipt (RFC 2634, section 2.7). The content is
 * identified by the 16 bytes of the message id; the receipts go to the sender, under the name that its
 * certificate carries.
 */
export function writeReceiptRequest(id: MessageId, sender: PeerName): Buffer {
  const name = tlv(contextTag(6, 'primitive'), Buffer.from(`msg://${sender}`));
  const receiptsTo = sequence(sequence(name));
  const request = sequence(octetString(messageIdBytes(id)), FROM_ALL, receiptsTo);
  return writeAttribute(ATTRIBUTE.receiptRequest, request);
}

/**
 * The signedContentIdentifier of a receipt request, or undefined where nobody asks for a receipt. Whom
 * the request asks, and where receipts shall go, is not looked at: the signed header says both.
 *
 * @throws EnvelopeRefused `signed-attributes` when the request is malformed.
 */
export function requestedIdentifier(
  attributes: ReadonlyMap<string, Uint8Array>,
): Uint8Array | undefined {
  const value = attributes.get(ATTRIBUTE.receiptRequest);
  if (value === undefined) return undefined;
  try {
    const request = new Asn1Reader(value).enter(TAG.sequence);
    const identifier = contentOf(request.take(TAG.octetString));
    request.take();
    request.take(TAG.sequence);
    request.finish();
    return identifier;
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    const message = `the receipt request is malformed: ${error.message}`;
    throw new EnvelopeRefused('signed-attributes', message, error);
  }
}
