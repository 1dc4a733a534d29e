import { Asn1Error, Asn1Reader, encodingOf } from '../asn1/reader.js';
import { TAG, contextTag, oidOf } from '../asn1/values.js';

/** id-signedData (RFC 5652, section 5.1), contents in hexadecimal. */
const SIGNED_DATA = '2a864886f70d010702';

/** Whether the bytes begin as a CMS ContentInfo with SignedData does. */
export function isCertificateBundle(bytes: Uint8Array): boolean {
  try {
    const info = new Asn1Reader(bytes, 'ber').enter(TAG.sequence);
    return info.peek() === TAG.oid && oidOf(info.take()) === SIGNED_DATA;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/**
 * The certificates, DER, of a "certs-only" CMS message (RFC 5652, section 5.1; files end in `.p7b`
 * or `.p7c`): how many authorities hand out a certificate with its chain. Nothing in it is signed.
 *
 * @throws Asn1Error when it is something else.
 */
export function readCertificateBundle(bytes: Uint8Array): Uint8Array[] {
  const info = new Asn1Reader(bytes, 'ber').enter(TAG.sequence);
  if (oidOf(info.take()) !== SIGNED_DATA) throw new Asn1Error('it is no bundle of certificates');
  const signedData = info.enter(contextTag(0, 'constructed')).enter(TAG.sequence);
  signedData.take(TAG.integer);
  signedData.take(TAG.set);
  signedData.take(TAG.sequence);
  if (signedData.peek() !== contextTag(0, 'constructed')) {
    throw new Asn1Error('it holds no certificates');
  }
  const list = signedData.enter(contextTag(0, 'constructed'));
  const certificates: Uint8Array[] = [];
  while (!list.done) certificates.push(encodingOf(list.take(TAG.sequence)));
  return certificates;
}
