import { Asn1Error } from '../asn1/reader.js';
import { CertificateError, findExtension, type Certificate } from '../x509/certificate.js';
import { readDistributionPoints, type DistributionPoint } from '../x509/distribution-points.js';
import {
  readAuthorityKeyIdentifier,
  readBasicConstraints,
  readCertificatePolicies,
  readExtendedKeyUsage,
  readInhibitAnyPolicy,
  readKeyUsage,
  readNameConstraints,
  readPolicyConstraints,
  readPolicyMappings,
  readSubjectAltName,
  type BasicConstraints,
  type NameConstraints,
  type PolicyConstraints,
  type PolicyMapping,
} from '../x509/extension-values.js';
import type { GeneralName } from '../x509/general-name.js';
import { nameKey } from '../x509/name.js';
import { EXTENSION } from '../x509/oids.js';
import type { KeyUsage } from '../x509/write-extensions.js';

/** A certificate with all that path validation looks at decoded. */
export interface Interpreted {
  readonly certificate: Certificate;
  /** Keys for comparing names, see `nameKey`. */
  readonly subject: string;
  readonly issuer: string;
  /** Whether subject and issuer are the same name (RFC 5280, section 3.2). */
  readonly isSelfIssued: boolean;
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Object identifiers, contents in hexadecimal. */
  readonly extendedKeyUsage: ReadonlySet<string> | undefined;
  readonly subjectAltName: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | undefined;
  readonly policies: ReadonlySet<string> | undefined;
  readonly policyMappings: readonly PolicyMapping[];
  readonly policyConstraints: PolicyConstraints | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  readonly authorityKeyIdentifier: Uint8Array | undefined;
  readonly distributionPoints: readonly DistributionPoint[];
  /** A critical extension that msg does not process: its object identifier's contents. */
  readonly unknownCritical: string | undefined;
}

/** The extensions that path validation processes, or that ask nothing of it. */
const KNOWN = new Set<string>([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.issuerAltName,
  EXTENSION.nameConstraints,
  EXTENSION.certificatePolicies,
  EXTENSION.policyMappings,
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.crlDistributionPoints,
  EXTENSION.freshestCrl,
]);

/** Of every certificate that was looked at, what it says, or why that cannot be read. */
const interpretations = new WeakMap<Certificate, Interpreted | CertificateError>();

/**
 * Decodes what path validation needs, once for each certificate; a CertificateError when an extension is
 * malformed or the issuer has no name.
 */
export function interpret(certificate: Certificate): Interpreted | CertificateError {
  const known = interpretations.get(certificate) ?? tryDecode(certificate);
  interpretations.set(certificate, known);
  return known;
}

function tryDecode(certificate: Certificate): Interpreted | CertificateError {
  try {
    return decode(certificate);
  } catch (error) {
    if (error instanceof CertificateError) return error;
    if (!(error instanceof Asn1Error)) throw error;
    return new CertificateError(`a malformed extension or name: ${error.message}`, {
      cause: error,
    });
  }
}

function decode(certificate: Certificate): Interpreted {
  const read = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const extension = findExtension(certificate, oid);
    return extension === undefined ? undefined : reader(extension.value);
  };
  const subject = nameKey(certificate.subject);
  const issuer = nameKey(certificate.issuer);
  if (issuer === '') throw new CertificateError('the issuer has no name');
  return {
    certificate,
    subject,
    issuer,
    isSelfIssued: subject === issuer,
    basicConstraints: read(EXTENSION.basicConstraints, readBasicConstraints),
    keyUsage: read(EXTENSION.keyUsage, readKeyUsage),
    extendedKeyUsage: read(EXTENSION.extKeyUsage, readExtendedKeyUsage),
    subjectAltName: read(EXTENSION.subjectAltName, readSubjectAltName) ?? [],
    nameConstraints: read(EXTENSION.nameConstraints, readNameConstraints),
    policies: read(EXTENSION.certificatePolicies, readCertificatePolicies),
    policyMappings: read(EXTENSION.policyMappings, readPolicyMappings) ?? [],
    policyConstraints: read(EXTENSION.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(EXTENSION.inhibitAnyPolicy, readInhibitAnyPolicy),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    distributionPoints: read(EXTENSION.crlDistributionPoints, readDistributionPoints) ?? [],
    unknownCritical: certificate.extensions.find(({ oid, critical }) => critical && !KNOWN.has(oid))
      ?.oid,
  };
}
