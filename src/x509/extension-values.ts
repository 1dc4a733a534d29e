import { Asn1Error, Asn1Reader, contentOf, readSingle, type Element } from '../asn1/reader.js';
import { booleanOf, contextTag, expectTag, integerContent, oidOf, TAG } from '../asn1/values.js';
import { readGeneralName, readGeneralNames, type GeneralName } from './general-name.js';
import { KEY_USAGES, type KeyUsage } from './write-extensions.js';

/*
 * The values of the extensions of RFC 5280, section 4.2.1. Each function takes the contents of
 * extnValue and throws Asn1Error when they are not what the extension's type says.
 */

/** basicConstraints (section 4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** Reads basicConstraints. */
export function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const reader = sequenceOf(value);
  const flag = reader.takeOptional(TAG.boolean);
  const limit = reader.takeOptional(TAG.integer);
  reader.finish();
  return {
    ca: flag !== undefined && booleanOf(flag),
    pathLength: limit === undefined ? undefined : count(limit),
  };
}

/** Reads keyUsage (section 4.2.1.3): the bits that are set. */
export function readKeyUsage(value: Uint8Array): ReadonlySet<KeyUsage> {
  const bits = namedBits(readSingle(value, TAG.bitString));
  return new Set(KEY_USAGES.filter((_, bit) => bits.has(bit)));
}

/** The numbers of the bits that are set in a named bit list. */
export function namedBits(element: Element): ReadonlySet<number> {
  const content = contentOf(element);
  const [unused, ...octets] = content;
  if (unused === undefined || unused > 7 || (octets.length === 0 && unused > 0)) {
    throw new Asn1Error('a malformed bit string');
  }
  if (octets.length > 8) throw new Asn1Error('a bit string of absurd length');
  const bits = octets.flatMap((octet, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7]
      .filter((bit) => (octet & (0x80 >> bit)) !== 0)
      .map((bit) => index * 8 + bit),
  );
  if (bits.some((bit) => bit >= octets.length * 8 - unused)) {
    throw new Asn1Error('unused bits that are not zero');
  }
  return new Set(bits);
}

/** Reads extKeyUsage (section 4.2.1.12): object identifiers, contents in hexadecimal. */
export function readExtendedKeyUsage(value: Uint8Array): ReadonlySet<string> {
  return new Set(many(sequenceOf(value), (reader) => oidOf(reader.take(TAG.oid))));
}

/** Reads subjectAltName (section 4.2.1.6). */
export function readSubjectAltName(value: Uint8Array): readonly GeneralName[] {
  return readGeneralNames(sequenceOf(value));
}

/** Reads the key identifier of authorityKeyIdentifier (section 4.2.1.1), if it has one. */
export function readAuthorityKeyIdentifier(value: Uint8Array): Uint8Array | undefined {
  const reader = sequenceOf(value);
  const identifier = reader.takeOptional(contextTag(0, 'primitive'));
  reader.takeOptional(contextTag(1, 'constructed'));
  reader.takeOptional(contextTag(2, 'primitive'));
  reader.finish();
  return identifier === undefined ? undefined : contentOf(identifier);
}

/** nameConstraints (section 4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** Reads nameConstraints. A minimum or maximum is refused, as RFC 5280 allows. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const reader = sequenceOf(value);
  const permitted = readSubtrees(reader, contextTag(0, 'constructed'));
  const excluded = readSubtrees(reader, contextTag(1, 'constructed'));
  reader.finish();
  return { permitted, excluded };
}

function readSubtrees(reader: Asn1Reader, tag: number): readonly GeneralName[] {
  const element = reader.takeOptional(tag);
  if (element === undefined) return [];
  return many(reader.into(element), (subtrees) => {
    const subtree = subtrees.enter(TAG.sequence);
    const base = readGeneralName(subtree);
    subtree.finish();
    return base;
  });
}

/** Reads certificatePolicies (section 4.2.1.4): the policies, without their qualifiers. */
export function readCertificatePolicies(value: Uint8Array): ReadonlySet<string> {
  const policies = many(sequenceOf(value), (reader) => {
    const information = reader.enter(TAG.sequence);
    const policy = oidOf(information.take(TAG.oid));
    information.takeOptional(TAG.sequence);
    information.finish();
    return policy;
  });
  const distinct = new Set(policies);
  if (distinct.size !== policies.length) throw new Asn1Error('a policy that comes twice');
  return distinct;
}

/** One entry of policyMappings: the subject's policy that counts as the issuer's. */
export interface PolicyMapping {
  readonly issuerPolicy: string;
  readonly subjectPolicy: string;
}

/** Reads policyMappings (section 4.2.1.5). */
export function readPolicyMappings(value: Uint8Array): readonly PolicyMapping[] {
  return many(sequenceOf(value), (reader) => {
    const mapping = reader.enter(TAG.sequence);
    const issuerPolicy = oidOf(mapping.take(TAG.oid));
    const subjectPolicy = oidOf(mapping.take(TAG.oid));
    mapping.finish();
    return { issuerPolicy, subjectPolicy };
  });
}

/** policyConstraints (section 4.2.1.11): how many certificates may follow before each applies. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** Reads policyConstraints. */
export function readPolicyConstraints(value: Uint8Array): PolicyConstraints {
  const reader = sequenceOf(value);
  const explicit = reader.takeOptional(contextTag(0, 'primitive'));
  const mapping = reader.takeOptional(contextTag(1, 'primitive'));
  reader.finish();
  if (explicit === undefined && mapping === undefined) {
    throw new Asn1Error('empty policy constraints');
  }
  return {
    requireExplicitPolicy: explicit === undefined ? undefined : count(retag(explicit)),
    inhibitPolicyMapping: mapping === undefined ? undefined : count(retag(mapping)),
  };
}

/** Reads inhibitAnyPolicy (section 4.2.1.14). */
export function readInhibitAnyPolicy(value: Uint8Array): number {
  return count(readSingle(value, TAG.integer));
}

/** An implicitly tagged INTEGER as the INTEGER that it is. */
function retag(element: Element): Element {
  return { ...element, tag: TAG.integer };
}

/** A non-negative INTEGER of any size; no path is long enough to tell the large ones apart. */
function count(element: Element): number {
  expectTag(element, TAG.integer);
  const content = integerContent(element);
  if ((content[0] ?? 0) > 0x7f) throw new Asn1Error('a negative count');
  return content.length > 4 ? 0x7fffffff : content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A reader over the members of the SEQUENCE that the bytes are. */
function sequenceOf(value: Uint8Array): Asn1Reader {
  return new Asn1Reader(value).into(readSingle(value, TAG.sequence));
}

/** The members of a SEQUENCE SIZE (1..MAX) OF. */
function many<T>(reader: Asn1Reader, read: (reader: Asn1Reader) => T): readonly T[] {
  const members: T[] = [];
  do members.push(read(reader));
  while (!reader.done);
  return members;
}
