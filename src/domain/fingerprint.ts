import { hash } from 'node:crypto';

declare const brand: unique symbol;

/** SHA-256 of a certificate's DER, as 64 lower-case hexadecimal digits. */
export type Fingerprint = string & { readonly [brand]: 'Fingerprint' };

/** Whether the text is a fingerprint in its only spelling. */
export function isFingerprint(text: string): text is Fingerprint {
  return /^[0-9a-f]{64}$/.test(text);
}

/** SHA-256 over a certificate's DER. */
export function fingerprintOf(der: Uint8Array): Fingerprint {
  return hash('sha256', der, 'hex') as Fingerprint;
}
