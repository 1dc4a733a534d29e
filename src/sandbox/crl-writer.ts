import type { KeyOperations } from '../domain/key-operations.js';
import { TAG, contextTag } from '../asn1/values.js';
import { integer, sequence, time, tlv } from '../asn1/writer.js';
import { CRL_REASONS, type CrlReason } from '../x509/crl.js';
import { EXTENSION } from '../x509/oids.js';
import { signatureSchemeOf, writeSigned } from '../x509/signature-algorithm.js';
import { authorityKeyIdentifier, extension } from '../x509/write-extensions.js';

/** One revoked certificate. */
export interface RevokedCertificate {
  /** The contents of the serial number's INTEGER, in hexadecimal. */
  readonly serial: string;
  /** Unix milliseconds. */
  readonly revokedAt: number;
  readonly reason: CrlReason;
}

/** What goes into TBSCertList (RFC 5280, section 5.1.2). */
export interface CrlFields {
  /** Name, DER. */
  readonly issuer: Uint8Array;
  readonly issuerKeyIdentifier: Uint8Array;
  readonly number: number;
  /** Unix milliseconds. */
  readonly thisUpdate: number;
  /** Unix milliseconds. */
  readonly nextUpdate: number;
  readonly revoked: readonly RevokedCertificate[];
}

/** Writes and signs a version 2 CRL; the reason `unspecified` is left out (section 5.3.1). */
export function writeCrl(
  fields: CrlFields,
  issuerKey: Pick<KeyOperations, 'kind' | 'sign'>,
): Promise<Buffer> {
  const entries = fields.revoked.map(writeEntry);
  const extensions = sequence(
    authorityKeyIdentifier(fields.issuerKeyIdentifier),
    extension(EXTENSION.crlNumber, integer(fields.number)),
  );
  const list = sequence(
    integer(1),
    signatureSchemeOf(issuerKey.kind).identifier,
    fields.issuer,
    time(fields.thisUpdate),
    time(fields.nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    tlv(contextTag(0, 'constructed'), extensions),
  );
  return writeSigned(list, issuerKey);
}

function writeEntry({ serial, revokedAt, reason }: RevokedCertificate): Buffer {
  const code = tlv(TAG.enumerated, Buffer.of(CRL_REASONS.indexOf(reason)));
  const extensions =
    reason === 'unspecified' ? [] : [sequence(extension(EXTENSION.reasonCode, code))];
  return sequence(tlv(TAG.integer, Buffer.from(serial, 'hex')), time(revokedAt), ...extensions);
}
