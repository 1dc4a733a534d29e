import { oidFromDotted } from '../../src/asn1/object-identifier.js';
import type { PolicyOptions } from '../../src/trust/policy-state.js';
import { validatePath, type PathRequest } from '../../src/trust/validate-path.js';
import { CertificateError, type Certificate } from '../../src/x509/certificate.js';
import { parseCrl, type RevocationList } from '../../src/x509/crl.js';
import { parseCertificate } from '../../src/x509/parse.js';

/** One case of NIST's PKITS: its inputs and what NIST expects. */
export interface PkitsCase {
  readonly name: string;
  readonly trustedCertificates: readonly string[];
  /** The last one is the certificate in question. */
  readonly certificates: readonly string[];
  readonly crls: readonly string[];
  readonly verifyParameters?: {
    readonly initialPolicySet?: readonly string[];
    readonly initialExplicitPolicy?: boolean;
    readonly initialPolicyMappingInhibit?: boolean;
    readonly initialInhibitPolicy?: boolean;
  };
  readonly successExpected: boolean;
}

/** What came of one case. */
export interface PkitsResult {
  readonly name: string;
  readonly expected: 'accept' | 'refuse';
  readonly actual: 'accept' | 'refuse';
  /** Why it was refused: the verdict's reason and sentence, or why a file did not parse. */
  readonly reason: string | undefined;
}

/** Reads one file of the third-party test data, by folder and name. */
export type ReadVector = (folder: string, name: string) => Uint8Array;

/** Well within the validity of PKITS's certificates and lists, and after all of their issue dates. */
const TIME = Date.parse('2026-01-01T00:00:00Z');

/** The cases as they were transcribed. */
export function readCases(read: ReadVector): readonly PkitsCase[] {
  const file = Buffer.from(read('pkits', 'cases.json')).toString('utf8');
  return (JSON.parse(file) as { cases: PkitsCase[] }).cases;
}

/** Runs one case: revocation required, NIST's old algorithms allowed, any purpose. */
export function runCase(read: ReadVector, test: PkitsCase): PkitsResult {
  const expected = test.successExpected ? 'accept' : 'refuse';
  const reason = refusalOf(read, test);
  return { name: test.name, expected, actual: reason === undefined ? 'accept' : 'refuse', reason };
}

function refusalOf(read: ReadVector, test: PkitsCase): string | undefined {
  const request = requestOf(read, test);
  if (request instanceof CertificateError) return `malformed: ${request.message}`;
  const verdict = validatePath(request);
  return verdict.ok ? undefined : `${verdict.reason}: ${verdict.message}`;
}

/** What a case asks of path validation, or why the certificate in question is none. */
export function requestOf(
  read: ReadVector,
  test: PkitsCase,
): CertificateError | (PathRequest & { readonly crls: readonly RevocationList[] }) {
  const [certificate, ...others] = test.certificates
    .map((file) => certificateIn(read, file))
    .reverse();
  if (certificate === undefined) throw new Error(`${test.name}: no certificate`);
  if (certificate instanceof CertificateError) return certificate;
  return {
    certificate,
    intermediates: others.filter((one): one is Certificate => !(one instanceof CertificateError)),
    anchors: test.trustedCertificates.map((file) => wellFormed(certificateIn(read, file))),
    crls: test.crls.flatMap((file) => crlIn(read, file)),
    time: TIME,
    purpose: { keyUsage: [] },
    revocation: 'require',
    allowLegacy: true,
    policy: policyOf(test),
  };
}

function policyOf({ verifyParameters: given = {} }: PkitsCase): PolicyOptions {
  return {
    ...(given.initialPolicySet && {
      acceptable: new Set(given.initialPolicySet.map(oidFromDotted)),
    }),
    requireExplicit: given.initialExplicitPolicy ?? false,
    inhibitMapping: given.initialPolicyMappingInhibit ?? false,
    inhibitAny: given.initialInhibitPolicy ?? false,
  };
}

function certificateIn(read: ReadVector, file: string): Certificate | CertificateError {
  return attempt(() => parseCertificate(read('pkits/certs', file)));
}

function crlIn(read: ReadVector, file: string): readonly RevocationList[] {
  const crl = attempt(() => parseCrl(read('pkits/crls', file)));
  return crl instanceof CertificateError ? [] : [crl];
}

/** Some cases hold files that are malformed on purpose. */
function attempt<T>(read: () => T): T | CertificateError {
  try {
    return read();
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
}

function wellFormed(certificate: Certificate | CertificateError): Certificate {
  if (certificate instanceof CertificateError) throw certificate;
  return certificate;
}
