import { X509Certificate } from 'node:crypto';
import { isFingerprint, type Fingerprint } from '../../domain/fingerprint.js';
import { MsgError } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { isSameName } from '../../x509/name.js';
import { publicKeyOf } from '../certificate-chain.js';

/**
 * The certificates among an authority's own that trust can begin with: the self-signed ones, or all
 * of them where none is.
 */
export function rootsAmong(certificates: readonly Certificate[]): readonly Certificate[] {
  const roots = certificates.filter(isSelfSigned);
  return roots.length > 0 ? roots : certificates;
}

/** By name and signature: after a change of keys an authority's old key vouches for its new one. */
function isSelfSigned(certificate: Certificate): boolean {
  if (!isSameName(certificate.issuer, certificate.subject)) return false;
  const publicKey = publicKeyOf(certificate);
  return publicKey !== undefined && new X509Certificate(certificate.der).verify(publicKey);
}

/**
 * Reads a SHA-256 fingerprint as people and `openssl x509 -fingerprint -sha256` write it: 64
 * hexadecimal digits, with colons or without.
 *
 * @throws MsgError `usage`
 */
export function parseFingerprint(text: string): Fingerprint {
  const digits = text
    .trim()
    .replace(/^sha-?256(?: fingerprint)?[:= ]/i, '')
    .replace(/[:\s]/g, '')
    .toLowerCase();
  if (isFingerprint(digits)) return digits;
  throw new MsgError('usage', `not a SHA-256 fingerprint: ${JSON.stringify(text.slice(0, 100))}`, {
    hint: 'write the 64 hexadecimal digits that "openssl x509 -fingerprint -sha256" prints, with or without colons',
  });
}

/** A fingerprint as people compare it: pairs of digits with colons between. */
export function showFingerprint(fingerprint: Fingerprint): string {
  return fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:');
}
