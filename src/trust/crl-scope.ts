import { findExtension } from '../x509/certificate.js';
import { readCrlNumber, type CrlReason, type RevocationList } from '../x509/crl.js';
import {
  ALL_REASONS,
  readIssuingDistributionPoint,
  type DistributionPoint,
  type DistributionPointName,
  type IssuingDistributionPoint,
  type ReasonFlags,
} from '../x509/distribution-points.js';
import { readAuthorityKeyIdentifier } from '../x509/extension-values.js';
import type { GeneralName } from '../x509/general-name.js';
import { nameKey, rdnKeys } from '../x509/name.js';
import { EXTENSION } from '../x509/oids.js';
import { sequence } from '../asn1/writer.js';
import { Asn1Error, encodingOf } from '../asn1/reader.js';
import type { Interpreted } from './interpret.js';

/** A revocation list with what its own extensions say decoded. */
export interface ScopedCrl {
  readonly crl: RevocationList;
  /** A name key. */
  readonly issuer: string;
  readonly scope: IssuingDistributionPoint | undefined;
  /** issuingDistributionPoint as it is encoded: base and delta must have the same. */
  readonly scopeKey: string;
  readonly number: bigint | undefined;
  /** The number of the complete list that this one changes; absent from complete lists. */
  readonly deltaOf: bigint | undefined;
  readonly authorityKeyIdentifier: Uint8Array | undefined;
}

const KNOWN = new Set<string>([
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.issuerAltName,
  EXTENSION.crlNumber,
  EXTENSION.deltaCrlIndicator,
  EXTENSION.issuingDistributionPoint,
  EXTENSION.freshestCrl,
]);

/** Revocation lists that can be used, newest first, by their issuers' name keys. */
export type CrlIndex = ReadonlyMap<string, readonly ScopedCrl[]>;

/** Puts revocation lists in order; those that must not be used are left out. */
export function indexCrls(crls: readonly RevocationList[]): CrlIndex {
  const index = new Map<string, ScopedCrl[]>();
  for (const crl of [...crls].sort((a, b) => b.thisUpdate - a.thisUpdate)) {
    const scoped = scopeCrl(crl);
    if (scoped === undefined) continue;
    const others = index.get(scoped.issuer);
    if (others === undefined) index.set(scoped.issuer, [scoped]);
    else others.push(scoped);
  }
  return index;
}

/**
 * Decodes a list's extensions.
 *
 * @returns undefined where it has a critical extension or entry extension that msg does not know, or
 *   a malformed one: such a list must not be used (RFC 5280, sections 5.2 and 5.3).
 */
function scopeCrl(crl: RevocationList): ScopedCrl | undefined {
  const isUnknown = crl.extensions.some(({ oid, critical }) => critical && !KNOWN.has(oid));
  if (isUnknown || crl.hasUnknownCriticalEntry) return undefined;
  try {
    return decode(crl);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function decode(crl: RevocationList): ScopedCrl {
  const read = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const extension = findExtension(crl, oid);
    return extension === undefined ? undefined : reader(extension.value);
  };
  return {
    crl,
    issuer: nameKey(crl.issuer),
    scope: read(EXTENSION.issuingDistributionPoint, readIssuingDistributionPoint),
    scopeKey: read(EXTENSION.issuingDistributionPoint, hexOf) ?? '',
    number: read(EXTENSION.crlNumber, readCrlNumber),
    deltaOf: read(EXTENSION.deltaCrlIndicator, readCrlNumber),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier),
  };
}

/**
 * The reasons for which a list answers for a certificate at one of its distribution points (RFC
 * 5280, section 6.3.3, steps b and d); none where the certificate is out of its scope.
 */
export function reasonsCovered(
  list: ScopedCrl,
  certificate: Interpreted,
  point: DistributionPoint,
): ReasonFlags {
  if (!isIssuedFor(list, certificate, point) || !isInScope(list, certificate, point)) return NONE;
  const atPoint = point.reasons ?? ALL_REASONS;
  const inList = list.scope?.onlySomeReasons ?? ALL_REASONS;
  return new Set<CrlReason>([...atPoint].filter((reason) => inList.has(reason)));
}

const NONE: ReasonFlags = new Set();

/** Step b 1: the issuer is the one that the point names, of an indirect list, or the certificate's. */
function isIssuedFor(list: ScopedCrl, certificate: Interpreted, point: DistributionPoint): boolean {
  if (point.crlIssuer === undefined) return list.issuer === certificate.issuer;
  const isNamed = point.crlIssuer.some(
    (name) => name.type === 'directory' && nameKey(name.value) === list.issuer,
  );
  return isNamed && list.scope?.indirect === true;
}

/** Step b 2: what issuingDistributionPoint restricts. */
function isInScope(
  { crl, scope }: ScopedCrl,
  certificate: Interpreted,
  point: DistributionPoint,
): boolean {
  if (scope === undefined) return true;
  const isCa = certificate.basicConstraints?.ca === true;
  if (scope.onlyAttributeCerts || (scope.onlyUserCerts && isCa) || (scope.onlyCaCerts && !isCa)) {
    return false;
  }
  if (scope.name === undefined) return true;
  const ofList = nameKeys(scope.name, crl.issuer);
  const ofPoint =
    point.name === undefined
      ? (point.crlIssuer ?? []).map(generalNameKey)
      : nameKeys(point.name, pointIssuer(point) ?? certificate.certificate.issuer);
  return ofList.some((key) => ofPoint.includes(key));
}

/** The directory name that a point's relative name continues. */
function pointIssuer(point: DistributionPoint): Uint8Array | undefined {
  return point.crlIssuer?.find((name) => name.type === 'directory')?.value;
}

/** Distribution point names as strings, those relative to an issuer completed. */
function nameKeys(name: DistributionPointName, issuer: Uint8Array): readonly string[] {
  if (name.type === 'full') return name.names.map(generalNameKey);
  const rdns = [...rdnKeys(issuer), ...rdnKeys(sequence(name.rdn))];
  return [`directory:${JSON.stringify(rdns)}`];
}

function generalNameKey(name: GeneralName): string {
  if (name.type === 'directory') return `directory:${JSON.stringify(name.rdns)}`;
  if (name.type === 'other') return `other:${name.oid}:${hexOf(encodingOf(name.value))}`;
  return `${name.type}:${typeof name.value === 'string' ? name.value : hexOf(name.value)}`;
}

/**
 * Whether a delta list can be applied to a complete one (section 5.2.4, conditions a to c, and
 * section 6.3.3, step c).
 */
export function appliesTo(delta: ScopedCrl, complete: ScopedCrl): boolean {
  if (delta.deltaOf === undefined || delta.number === undefined) return false;
  if (complete.number === undefined || complete.deltaOf !== undefined) return false;
  const isSameSource =
    delta.issuer === complete.issuer &&
    delta.scopeKey === complete.scopeKey &&
    hexOf(delta.authorityKeyIdentifier) === hexOf(complete.authorityKeyIdentifier);
  return isSameSource && delta.deltaOf <= complete.number && complete.number < delta.number;
}

function hexOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
