import { MsgError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';
import { publicKeyOf } from './entry-key.js';
import type { KeyEntry } from './key-entry.js';

/** @throws MsgError `certificate-own` when the certificate is for another key. */
export function requireFor(entry: KeyEntry, certificate: Certificate): void {
  if (publicKeyOf(entry)?.equals(certificate.spki) === true) return;
  throw new MsgError('certificate-own', `the certificate is not for the key ${entry.label}`, {
    hint: 'attach it to the key its request was made with',
  });
}

/** The error for a key that still waits for its certificate. */
export function withoutCertificate(label: string): MsgError {
  return new MsgError('certificate-own', `the key ${label} has no certificate yet`, {
    hint: 'give it its certificate first with "msg identity import"',
  });
}

/** The error for what cannot be the name of an entry. */
export function badLabel(label: string): MsgError {
  return new MsgError('usage', `not a label for a key: ${JSON.stringify(label.slice(0, 80))}`, {
    hint: 'a label has 1 to 63 lower-case letters, digits, dots, hyphens and underscores',
  });
}
