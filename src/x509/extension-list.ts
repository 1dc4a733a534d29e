import { contentOf, type Asn1Reader } from '../asn1/reader.js';
import { booleanOf, oidOf, TAG } from '../asn1/values.js';
import { CertificateError, type Extension } from './certificate.js';

/** More than this is not a certificate but an attack on whoever walks the list. */
const MAX_EXTENSIONS = 64;

/**
 * Reads Extensions (RFC 5280, section 4.1), the reader standing before the SEQUENCE.
 *
 * @throws CertificateError when an extension comes twice (section 4.2 forbids it) or there are over 64.
 * @throws Asn1Error when it is not DER.
 */
export function readExtensions(reader: Asn1Reader): readonly Extension[] {
  const list = reader.enter(TAG.sequence);
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!list.done) {
    const extension = readExtension(list.enter(TAG.sequence));
    if (seen.has(extension.oid)) throw new CertificateError('an extension that comes twice');
    if (seen.size >= MAX_EXTENSIONS) throw new CertificateError('too many extensions');
    seen.add(extension.oid);
    extensions.push(extension);
  }
  if (extensions.length === 0) throw new CertificateError('an empty list of extensions');
  return extensions;
}

function readExtension(reader: Asn1Reader): Extension {
  const oid = oidOf(reader.take(TAG.oid));
  const flag = reader.takeOptional(TAG.boolean);
  const value = contentOf(reader.take(TAG.octetString));
  reader.finish();
  return { oid, critical: flag !== undefined && booleanOf(flag), value };
}
