import { tlv, sequence } from '../asn1/writer.js';
import type { Certificate } from '../x509/certificate.js';
import { detailsOf } from '../x509/key-details.js';

/** RSA keys outside these lengths are refused: too weak, or there to waste the reader's time. */
const RSA_BITS = { least: 2048, most: 8192 } as const;

/** DER of IssuerAndSerialNumber (RFC 5652, section 10.2.4). */
export function issuerAndSerial(certificate: Certificate): Buffer {
  return sequence(certificate.issuer, tlv(0x02, certificate.serial));
}

/** The length of an RSA key's modulus in bits, or undefined when the profile has no such key. */
export function rsaBits(certificate: Certificate): number | undefined {
  const bits = detailsOf(certificate.publicKey).modulusLength ?? 0;
  return bits >= RSA_BITS.least && bits <= RSA_BITS.most ? bits : undefined;
}
