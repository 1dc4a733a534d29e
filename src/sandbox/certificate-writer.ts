import type { RandomSource } from '../domain/environment.js';
import type { KeyOperations } from '../domain/key-operations.js';
import { TAG, contextTag } from '../asn1/values.js';
import { integer, sequence, time, tlv } from '../asn1/writer.js';
import { signatureSchemeOf, writeSigned } from '../x509/signature-algorithm.js';

/** What goes into TBSCertificate (RFC 5280, section 4.1.2). */
export interface CertificateFields {
  /** The contents of the serial number's INTEGER. */
  readonly serial: Uint8Array;
  /** Name, DER. */
  readonly issuer: Uint8Array;
  /** Name, DER. */
  readonly subject: Uint8Array;
  /** Unix milliseconds; whole seconds survive. */
  readonly notBefore: number;
  /** Unix milliseconds; whole seconds survive. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Each an Extension, DER. */
  readonly extensions: readonly Uint8Array[];
}

/** Writes and signs a version 3 certificate. */
export function writeCertificate(
  fields: CertificateFields,
  issuerKey: Pick<KeyOperations, 'kind' | 'sign'>,
): Promise<Buffer> {
  const tbs = sequence(
    tlv(contextTag(0, 'constructed'), integer(2)),
    tlv(TAG.integer, fields.serial),
    signatureSchemeOf(issuerKey.kind).identifier,
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.spki,
    tlv(contextTag(3, 'constructed'), sequence(...fields.extensions)),
  );
  return writeSigned(tbs, issuerKey);
}

/** A positive serial number of 16 octets, 126 bits of them random (RFC 5280, section 4.1.2.2). */
export function newSerial(random: RandomSource): Buffer {
  const serial = Buffer.from(random(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
