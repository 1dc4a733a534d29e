import { Asn1Error, Asn1Reader, encodingOf, readSingle } from '../asn1/reader.js';
import { TAG, contextTag, oidOf, smallInteger } from '../asn1/values.js';

/** id-signedData and id-data (RFC 5652, sections 5.1 and 4), contents in hexadecimal. */
const SIGNED_DATA = '2a864886f70d010702';
const DATA = '2a864886f70d010701';

/** Versions of SignedData that hold certificates only (RFC 5652, section 5.1). */
const VERSIONS: readonly number[] = [1, 3];

/** More certificates than this are no chain. */
const MAX_CERTIFICATES = 64;

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
  return takeCertificates(signedData);
}

/**
 * As {@link readCertificateBundle}, for an answer over a network: it has to be the degenerate case of
 * SignedData that RFC 5272, section 4.1, describes, to the last octet: no content, no digest
 * algorithm, no signer. Indefinite lengths are read, as much server software writes them.
 *
 * @throws Asn1Error for anything else.
 */
export function readCertsOnly(bytes: Uint8Array): Uint8Array[] {
  const info = new Asn1Reader(bytes, 'ber').into(readSingle(bytes, TAG.sequence, 'ber'));
  if (oidOf(info.take()) !== SIGNED_DATA) throw new Asn1Error('it is no SignedData');
  const content = info.enter(contextTag(0, 'constructed'));
  const signedData = content.enter(TAG.sequence);
  content.finish();
  info.finish();
  if (!VERSIONS.includes(smallInteger(signedData.take(TAG.integer)))) {
    throw new Asn1Error('an unknown version of SignedData');
  }
  if (!signedData.enter(TAG.set).done) throw new Asn1Error('it names digest algorithms');
  const encapsulated = signedData.enter(TAG.sequence);
  if (oidOf(encapsulated.take()) !== DATA) throw new Asn1Error('it holds another type of content');
  if (!encapsulated.done) throw new Asn1Error('it holds content besides certificates');
  const certificates = takeCertificates(signedData);
  if (certificates.length === 0) throw new Asn1Error('it holds no certificates');
  signedData.takeOptional(contextTag(1, 'constructed'));
  if (!signedData.enter(TAG.set).done) throw new Asn1Error('it is signed');
  signedData.finish();
  return certificates;
}

function takeCertificates(signedData: Asn1Reader): Uint8Array[] {
  if (signedData.peek() !== contextTag(0, 'constructed')) {
    throw new Asn1Error('it holds no certificates');
  }
  const list = signedData.enter(contextTag(0, 'constructed'));
  const certificates: Uint8Array[] = [];
  while (!list.done) {
    if (certificates.length >= MAX_CERTIFICATES) throw new Asn1Error('too many certificates');
    certificates.push(encodingOf(list.take(TAG.sequence)));
  }
  return certificates;
}
