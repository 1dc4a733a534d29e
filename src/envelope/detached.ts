import { Asn1Reader, encodingOf, readSingle, type Element } from '../asn1/reader.js';
import { contextTag, TAG } from '../asn1/values.js';
import { nest, sequence } from '../asn1/writer.js';

const EXPLICIT_0 = contextTag(0, 'constructed');

/** The elements of a ContentInfo with SignedData, as far as its content concerns them. */
interface Parts {
  readonly signedDataType: Element;
  readonly version: Element;
  readonly digestAlgorithms: Element;
  readonly contentType: Element;
  /** Certificates and SignerInfos. */
  readonly rest: readonly Element[];
}

/**
 * A SignedData (RFC 5652, section 5) without its content: the signature still covers it by its digest,
 * so it is all that a receipt is checked against.
 *
 * @param encoded DER of the ContentInfo.
 * @throws Asn1Error
 */
export function detachContent(encoded: Uint8Array): Buffer {
  const parts = take(encoded);
  return assemble(parts, [encodingOf(parts.contentType)]);
}

/**
 * Undoes {@link detachContent}. Whether it is the content that was signed is the caller's to check.
 *
 * @throws Asn1Error
 */
export function attachContent(detached: Uint8Array, content: Uint8Array): Buffer {
  const parts = take(detached);
  const eContent = nest(EXPLICIT_0, nest(TAG.octetString, [content]));
  return assemble(parts, [encodingOf(parts.contentType), ...eContent]);
}

function take(encoded: Uint8Array): Parts {
  const info = new Asn1Reader(encoded).into(readSingle(encoded, TAG.sequence));
  const signedDataType = info.take(TAG.oid);
  const signedData = info.enter(EXPLICIT_0).enter(TAG.sequence);
  const version = signedData.take(TAG.integer);
  const digestAlgorithms = signedData.take(TAG.set);
  const contentType = signedData.enter(TAG.sequence).take(TAG.oid);
  const rest: Element[] = [];
  while (!signedData.done) rest.push(signedData.take());
  return { signedDataType, version, digestAlgorithms, contentType, rest };
}

function assemble(parts: Parts, contentInfo: readonly Uint8Array[]): Buffer {
  const signedData = nest(TAG.sequence, [
    encodingOf(parts.version),
    encodingOf(parts.digestAlgorithms),
    ...nest(TAG.sequence, contentInfo),
    ...parts.rest.map(encodingOf),
  ]);
  return sequence(encodingOf(parts.signedDataType), ...nest(EXPLICIT_0, signedData));
}
