import { Asn1Error, Asn1Reader, readSingle } from '../asn1/reader.js';
import { TAG } from '../asn1/values.js';

/**
 * Whether content could be mistaken for signed attributes. In CMS a signature without signed
 * attributes covers the content itself, one with them covers their SET OF: content that is such a
 * SET OF lets a signature be moved from one to the other (F. Strenzke, "ForgedAttributes", IACR ePrint
 * 2023/1801), and RFC 5652 has no defence.
 */
export function looksLikeSignedAttributes(content: Uint8Array): boolean {
  if (content[0] !== TAG.set) return false;
  try {
    const attributes = new Asn1Reader(content, 'ber').into(readSingle(content, TAG.set, 'ber'));
    let count = 0;
    for (; !attributes.done; count++) readAttributeShape(attributes);
    return count > 0;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

function readAttributeShape(attributes: Asn1Reader): void {
  const attribute = attributes.enter(TAG.sequence);
  attribute.take(TAG.oid);
  attribute.take(TAG.set);
  attribute.finish();
}
