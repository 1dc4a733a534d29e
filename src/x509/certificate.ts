import type { KeyObject } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { KeyKind } from '../domain/key-operations.js';

/** One certificate extension (RFC 5280, section 4.2), its value still encoded. */
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
  /** The contents of the serial number's INTEGER. */
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
  /** The public key for node:crypto; made at first use and kept. */
  readonly publicKey: KeyObject;
  /** What kind of key this is when the message profile knows it (P-256, P-384, RSA). */
  readonly keyKind: KeyKind | undefined;
  /** The uncompressed point (04 || x || y) of an EC key on a known curve. */
  readonly ecPoint: Uint8Array | undefined;
  /** The outer signatureAlgorithm, with tag and length; equal to the one inside `tbs`. */
  readonly signatureAlgorithm: Uint8Array;
  /** The octets of signatureValue. */
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
  /** The key identifier of subjectKeyIdentifier, if the certificate has one. */
  readonly subjectKeyIdentifier: Uint8Array | undefined;
}
