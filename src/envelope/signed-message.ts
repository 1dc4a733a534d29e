import { hash } from 'node:crypto';
import { messageIdBytes } from '../domain/message-id.js';
import type { Header } from './header.js';
import { decodeHeader } from './header-json.js';
import { CONTENT_TYPE_OF, isPayloadItself } from './kinds.js';
import { ATTRIBUTE, CONTENT_TYPE, describeOid } from './oids.js';
import { readReceipt } from './receipt-content.js';
import { requestedIdentifier } from './receipt-request.js';
import { EnvelopeRefused } from './refused.js';
import {
  headerIn,
  RECEIPT_ATTRIBUTES,
  requireAttributes,
  REQUIRED_ATTRIBUTES,
  signingTimeIn,
} from './signed-attributes-read.js';
import type { PlainReceipt, SignedContent, SignedMessage } from './types.js';
import { verifySignedData, type Verified } from './verify.js';

/**
 * Reads what an envelope holds: verifies the one signature and compares the signed header with the
 * content. A receipt may come without our header, from a program that knows RFC 2634 alone.
 *
 * @param signedData a ContentInfo with SignedData.
 * @throws EnvelopeRefused with what is wrong.
 * @throws Asn1Error or CertificateError when it is not ASN.1 throughout.
 */
export function readSignedMessage(signedData: Uint8Array): SignedMessage | PlainReceipt {
  const verified = verifySignedData(signedData, requiredFor);
  const { content, attributes } = verified;
  const signed = describe(verified, signedData);
  if (!attributes.values.has(ATTRIBUTE.header)) {
    return { ...signed, header: undefined, receipt: readReceipt(content, attributes.values) };
  }
  requireAttributes(attributes, REQUIRED_ATTRIBUTES);
  const header = decodeHeader(headerIn(attributes));
  checkHeader(header, verified);
  const isReceipt = header.kind === 'receipt';
  return {
    ...{ ...signed, header, signingTime: signingTimeIn(attributes) },
    receipt: isReceipt ? readReceipt(content, attributes.values) : undefined,
  };
}

function requiredFor(contentType: string): readonly string[] {
  return contentType === CONTENT_TYPE.receipt ? RECEIPT_ATTRIBUTES : REQUIRED_ATTRIBUTES;
}

function describe(verified: Verified, signedData: Uint8Array): SignedContent {
  const { content: payload, contentDigest, attributes } = verified;
  const { contentType, hash: signatureHash, signer, chain, signature } = verified;
  return {
    ...{ contentType, payload, signer, chain, hash: signatureHash, signature, signedData },
    payloadSha256:
      signatureHash === 'sha256' ? contentDigest.toString('hex') : hash('sha256', payload, 'hex'),
    signedAttributes: attributes.encoded,
    attributes: attributes.values,
  };
}

/** What the signed header says about the content must be so. */
function checkHeader(header: Header, { content, contentType, attributes }: Verified): void {
  if (contentType !== CONTENT_TYPE_OF[header.kind]) {
    throw mismatch(`a ${header.kind} does not have the content type ${describeOid(contentType)}`);
  }
  if (isPayloadItself(header) && header.size !== content.length) {
    throw mismatch(`it says ${header.size} bytes, the payload has ${content.length}`);
  }
  if (header.receipt === undefined) return;
  const identifier = requestedIdentifier(attributes.values);
  if (identifier === undefined) throw mismatch('it asks for a receipt, the signature does not');
  if (!messageIdBytes(header.id).equals(identifier)) {
    throw mismatch('the receipt request identifies other content');
  }
}

/** The refusal of a header that contradicts what it is about. */
export function mismatch(message: string): EnvelopeRefused {
  return new EnvelopeRefused('header-mismatch', `the signed header is wrong: ${message}`);
}
