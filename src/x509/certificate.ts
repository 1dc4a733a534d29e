import type { KeyObject } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { KeyKind } from '../domain/key-operations.js';

/** Thrown for bytes that are not a certificate (or CRL) as RFC 5280 wants it; says why. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** One extension of a certificate or CRL (RFC 5280, sections 4.2 and 5.2), its value encoded. */
export interface Extension {
  /** The object identifier's contents in hexadecimal. */
  readonly oid: string;
  readonly critical: boolean;
  /** The contents of extnValue's OCTET STRING. */
  readonly value: Uint8Array;
}

/** A parsed X.509 certificate (RFC 5280, section 4.1). All byte fields are views of `der`. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of `der`. */
  readonly fingerprint: Fingerprint;
  /** The signed part, TBSCertificate, with tag and length. */
  readonly tbs: Uint8Array;
  /** The contents of the serial number's INTEGER: at most 20 octets, not necessarily positive. */
  readonly serial: Uint8Array;
  /** Name, with tag and length. */
  readonly issuer: Uint8Array;
  /** Name, with tag and length. */
  readonly subject: Uint8Array;
  /** Unix milliseconds. */
  readonly notBefore: number;
  /** Unix milliseconds; the certificate is valid up to and including this second. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, with tag and length. */
  readonly spki: Uint8Array;
  /**
   * The public key for node:crypto; made at first use and kept.
   *
   * @throws CertificateError when node:crypto cannot read it (a point off its curve, for example).
   */
  readonly publicKey: KeyObject;
  /**
   * What kind of key this is when the message profile knows it: P-256 or P-384 with an uncompressed
   * point, or RSA (rsaEncryption) of any size.
   */
  readonly keyKind: KeyKind | undefined;
  /** The uncompressed point (04 || x || y) of a P-256 or P-384 key. */
  readonly ecPoint: Uint8Array | undefined;
  /** The outer signatureAlgorithm, with tag and length; equal to the one inside `tbs`. */
  readonly signatureAlgorithm: Uint8Array;
  /** The octets of signatureValue. */
  readonly signature: Uint8Array;
  /** In the certificate's order, each object identifier once. */
  readonly extensions: readonly Extension[];
  /** The key identifier of subjectKeyIdentifier, if the certificate has one. */
  readonly subjectKeyIdentifier: Uint8Array | undefined;
}

/** The extension with this object identifier, if the certificate or CRL has it. */
export function findExtension(
  holder: { readonly extensions: readonly Extension[] },
  oid: string,
): Extension | undefined {
  return holder.extensions.find((extension) => extension.oid === oid);
}
