import { encodingOf, type Asn1Reader } from '../asn1/reader.js';
import { oidOf, TAG, wholeBitString } from '../asn1/values.js';
import type { KeyKind } from '../domain/key-operations.js';
import { CertificateError } from './certificate.js';
import { CURVE, KEY } from './oids.js';

/** A SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) as far as it must be understood early. */
export interface PublicKeyInfo {
  /** With tag and length. */
  readonly spki: Uint8Array;
  /** The octets of subjectPublicKey. */
  readonly key: Uint8Array;
  readonly keyKind: KeyKind | undefined;
  readonly ecPoint: Uint8Array | undefined;
}

/** Compressed and uncompressed points (SEC 1, section 2.3.3). */
const POINT_FORMS: ReadonlySet<number> = new Set([0x02, 0x03, 0x04]);

/**
 * Reads a SubjectPublicKeyInfo, the reader standing before it.
 *
 * @throws CertificateError when an EC key brings its own curve parameters: RFC 5480, section 2.1.1
 *   forbids them, and a forged curve can stand in for a real one (CVE-2020-0601). When its point is in
 *   the hybrid form, which section 2.2 forbids, or the one at infinity: asked about that, Node fails an
 *   assertion, which ends the process.
 */
export function readPublicKeyInfo(reader: Asn1Reader): PublicKeyInfo {
  const element = reader.take(TAG.sequence);
  const info = reader.into(element);
  const algorithm = info.enter(TAG.sequence);
  const oid = oidOf(algorithm.take(TAG.oid));
  const key = wholeBitString(info.take(TAG.bitString));
  info.finish();
  const spki = encodingOf(element);
  if (oid !== KEY.ec) {
    return { spki, key, keyKind: oid === KEY.rsa ? 'rsa' : undefined, ecPoint: undefined };
  }
  if (algorithm.peek() !== TAG.oid) {
    throw new CertificateError('an EC key must name its curve, not describe it');
  }
  if (!POINT_FORMS.has(key[0] ?? 0)) throw new CertificateError('an EC key without a point');
  return { spki, key, ...describePoint(oidOf(algorithm.take()), key) };
}

function describePoint(curve: string, key: Uint8Array): Pick<PublicKeyInfo, 'keyKind' | 'ecPoint'> {
  const isUncompressed = key[0] === 0x04;
  if (isUncompressed && curve === CURVE.p256 && key.length === 65) {
    return { keyKind: 'p256', ecPoint: key };
  }
  if (isUncompressed && curve === CURVE.p384 && key.length === 97) {
    return { keyKind: 'p384', ecPoint: key };
  }
  return { keyKind: undefined, ecPoint: undefined };
}
