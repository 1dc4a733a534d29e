import { fingerprintOf, type Fingerprint } from '../domain/fingerprint.js';
import type { Certificate } from '../x509/certificate.js';
import { parseCertificate } from '../x509/parse.js';

/** How many certificates are remembered; the oldest goes first. */
const CAPACITY = 256;

const remembered = new Map<Fingerprint, Certificate>();

/**
 * The certificate with this DER. Reading one and importing its key takes about as long as verifying a
 * signature, and the same few signers come again and again, so the last ones are remembered by the
 * hash of all their bytes. What is remembered depends on those bytes alone.
 *
 * @throws CertificateError when it is not a certificate.
 */
export function certificateFrom(der: Uint8Array): Certificate {
  const fingerprint = fingerprintOf(der);
  const known = remembered.get(fingerprint);
  if (known !== undefined) return known;
  // A copy, so that no whole message is kept for the sake of the certificate in it.
  const certificate = parseCertificate(Buffer.from(der));
  const [oldest] = remembered.keys();
  if (remembered.size >= CAPACITY && oldest !== undefined) remembered.delete(oldest);
  remembered.set(fingerprint, certificate);
  return certificate;
}
