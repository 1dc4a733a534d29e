import { Asn1Error } from '../asn1/reader.js';
import { showOid } from '../asn1/object-identifier.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import { findExtension, type Certificate } from '../x509/certificate.js';
import { publicKeyOf } from './certificate-chain.js';
import { showDistinguishedName } from '../x509/distinguished-name.js';
import {
  readBasicConstraints,
  readExtendedKeyUsage,
  readKeyUsage,
  readSubjectAltName,
} from '../x509/extension-values.js';
import type { GeneralName } from '../x509/general-name.js';
import { nameOfKey } from '../x509/key-details.js';
import { EXTENSION, PURPOSE } from '../x509/oids.js';

/** A certificate in words: a part of the `--json` contract. */
export interface CertificateDescription {
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text. */
  readonly issuer: string;
  /** Hexadecimal, lower case. */
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  /** ISO 8601. */
  readonly notAfter: string;
  /** Such as `EC P-256` or `RSA 3072`; `unreadable` when node:crypto cannot read it. */
  readonly key: string;
  /** Each as `uri:msg://acme`, `dns:acme.example`, `email:...`, `ip:192.0.2.1`. */
  readonly names: readonly string[];
  readonly keyUsage: readonly string[];
  /** By name, or by dotted object identifier where msg knows no name. */
  readonly extendedKeyUsage: readonly string[];
  readonly isAuthority: boolean;
  readonly fingerprint: Fingerprint;
  /** Hexadecimal. */
  readonly subjectKeyIdentifier?: string;
}

/** Describes a certificate. Extensions that do not parse appear as absent: path validation judges them. */
export function describeCertificate(certificate: Certificate): CertificateDescription {
  const { subjectKeyIdentifier: identifier } = certificate;
  const read = <T>(oid: string, parse: (value: Uint8Array) => T): T | undefined =>
    readLeniently(certificate, oid, parse);
  return {
    subject: showDistinguishedName(certificate.subject),
    issuer: showDistinguishedName(certificate.issuer),
    serial: hex(certificate.serial),
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    key: describeKey(certificate),
    names:
      read(EXTENSION.subjectAltName, (value) => readSubjectAltName(value).map(describeName)) ?? [],
    keyUsage: [...(read(EXTENSION.keyUsage, readKeyUsage) ?? [])],
    extendedKeyUsage: read(EXTENSION.extKeyUsage, readPurposes) ?? [],
    isAuthority: read(EXTENSION.basicConstraints, readBasicConstraints)?.ca ?? false,
    fingerprint: certificate.fingerprint,
    ...(identifier === undefined ? {} : { subjectKeyIdentifier: hex(identifier) }),
  };
}

function describeKey(certificate: Certificate): string {
  const publicKey = publicKeyOf(certificate);
  return publicKey === undefined ? 'unreadable' : nameOfKey(publicKey);
}

function readLeniently<T>(
  certificate: Certificate,
  oid: string,
  parse: (value: Uint8Array) => T,
): T | undefined {
  const extension = findExtension(certificate, oid);
  if (extension === undefined) return undefined;
  try {
    return parse(extension.value);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function readPurposes(value: Uint8Array): readonly string[] {
  return [...readExtendedKeyUsage(value)].map(describePurpose);
}

function describePurpose(oid: string): string {
  return Object.entries(PURPOSE).find(([, known]) => known === oid)?.[0] ?? showOid(oid);
}

function describeName(name: GeneralName): string {
  switch (name.type) {
    case 'email':
    case 'dns':
    case 'uri':
      return `${name.type}:${printable(name.value)}`;
    case 'ip':
      return `ip:${describeAddress(name.value)}`;
    case 'directory':
      return `directory:${showDistinguishedName(name.value)}`;
    case 'other':
      return `other:${showOid(name.oid)}`;
    default:
      return `${name.type}:${hex(name.value)}`;
  }
}

/** A certificate's text must not move the cursor of whoever reads it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => encodeURIComponent(character));
}

function describeAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return hex(octets);
  return hex(octets).replace(/(.{4})(?=.)/g, '$1:');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
