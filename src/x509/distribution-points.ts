import { Asn1Error, Asn1Reader, readSingle, type Element } from '../asn1/reader.js';
import { booleanOf, contextTag, TAG } from '../asn1/values.js';
import { header, sequence } from '../asn1/writer.js';
import { CRL_REASONS, type CrlReason } from './crl.js';
import { namedBits } from './extension-values.js';
import { readGeneralNames, type GeneralName } from './general-name.js';
import { readName } from './name.js';

/** Where a revocation list is found, or what part of the certificates it covers. */
export type DistributionPointName =
  | { readonly type: 'full'; readonly names: readonly GeneralName[] }
  /** A relative distinguished name below the list's issuer: a well-formed SET, whole. */
  | { readonly type: 'relative'; readonly rdn: Uint8Array };

/** The reasons that a list may cover (RFC 5280, section 4.2.1.13, ReasonFlags). */
export type ReasonFlags = ReadonlySet<CrlReason>;

/** One DistributionPoint of cRLDistributionPoints or freshestCRL (section 4.2.1.13). */
export interface DistributionPoint {
  readonly name: DistributionPointName | undefined;
  readonly reasons: ReasonFlags | undefined;
  readonly crlIssuer: readonly GeneralName[] | undefined;
}

/** issuingDistributionPoint (section 5.2.5): which certificates a list covers. */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | undefined;
  readonly onlyUserCerts: boolean;
  readonly onlyCaCerts: boolean;
  readonly onlySomeReasons: ReasonFlags | undefined;
  readonly indirect: boolean;
  readonly onlyAttributeCerts: boolean;
}

/** All reasons that can be given: what a list covers that does not say otherwise. */
export const ALL_REASONS: ReasonFlags = new Set(
  CRL_REASONS.filter((reason) => reason !== 'unspecified' && reason !== 'removeFromCRL').filter(
    (reason) => reason !== 'unused',
  ),
);

/** ReasonFlags has the order of the reason codes up to certificateHold, then these two. */
const FLAGS: readonly CrlReason[] = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
];

/**
 * Reads cRLDistributionPoints or freshestCRL.
 *
 * @throws Asn1Error when the value is malformed.
 */
export function readDistributionPoints(value: Uint8Array): readonly DistributionPoint[] {
  const list = new Asn1Reader(value).into(readSingle(value, TAG.sequence));
  const points: DistributionPoint[] = [];
  do points.push(readPoint(list.enter(TAG.sequence)));
  while (!list.done);
  return points;
}

function readPoint(reader: Asn1Reader): DistributionPoint {
  const name = readPointName(reader);
  const reasons = reader.takeOptional(contextTag(1, 'primitive'));
  const issuer = reader.takeOptional(contextTag(2, 'constructed'));
  reader.finish();
  if (name === undefined && issuer === undefined) {
    throw new Asn1Error('a distribution point that names nothing');
  }
  return {
    name,
    reasons: reasons === undefined ? undefined : flagsOf(reasons),
    crlIssuer: issuer === undefined ? undefined : readGeneralNames(reader.into(issuer)),
  };
}

/**
 * Reads issuingDistributionPoint.
 *
 * @throws Asn1Error when the value is malformed.
 */
export function readIssuingDistributionPoint(value: Uint8Array): IssuingDistributionPoint {
  const reader = new Asn1Reader(value).into(readSingle(value, TAG.sequence));
  const name = readPointName(reader);
  const onlyUserCerts = flag(reader, 1);
  const onlyCaCerts = flag(reader, 2);
  const reasons = reader.takeOptional(contextTag(3, 'primitive'));
  const indirect = flag(reader, 4);
  const onlyAttributeCerts = flag(reader, 5);
  reader.finish();
  if ([onlyUserCerts, onlyCaCerts, onlyAttributeCerts].filter(Boolean).length > 1) {
    throw new Asn1Error('a list that claims to cover only two kinds of certificates at once');
  }
  const onlySomeReasons = reasons === undefined ? undefined : flagsOf(reasons);
  return { name, onlyUserCerts, onlyCaCerts, onlySomeReasons, indirect, onlyAttributeCerts };
}

/** DistributionPointName is a CHOICE, hence explicitly tagged. */
function readPointName(reader: Asn1Reader): DistributionPointName | undefined {
  const tag = contextTag(0, 'constructed');
  if (reader.peek() !== tag) return undefined;
  const choice = reader.enter(tag);
  const element = choice.take();
  choice.finish();
  if (element.tag === contextTag(0, 'constructed')) {
    return { type: 'full', names: readGeneralNames(choice.into(element)) };
  }
  if (element.tag !== contextTag(1, 'constructed')) throw new Asn1Error('an unknown kind of name');
  return { type: 'relative', rdn: asSet(element) };
}

/** nameRelativeToCRLIssuer is an implicitly tagged SET. */
function asSet(element: Element): Uint8Array {
  const content = element.source.subarray(element.contentStart, element.contentEnd);
  const rdn = Buffer.concat([header(TAG.set, content.length), content]);
  readName(sequence(rdn));
  return rdn;
}

function flag(reader: Asn1Reader, number: number): boolean {
  const element = reader.takeOptional(contextTag(number, 'primitive'));
  return element !== undefined && booleanOf({ ...element, tag: TAG.boolean });
}

function flagsOf(element: Element): ReasonFlags {
  const bits = namedBits(element);
  return new Set(FLAGS.filter((_, bit) => bits.has(bit) && bit > 0));
}
