import type { PeerName } from '../domain/peer-name.js';
import { Asn1Error } from '../asn1/reader.js';
import { TAG } from '../asn1/values.js';
import { findExtension, type Certificate } from '../x509/certificate.js';
import { formatDistinguishedName, parseDistinguishedName } from '../x509/distinguished-name.js';
import { readSubjectAltName } from '../x509/extension-values.js';
import type { GeneralName } from '../x509/general-name.js';
import { readName, textOf } from '../x509/name.js';
import { EXTENSION } from '../x509/oids.js';
import { fillTemplate, fitsTemplate, type NamingPolicy } from './naming-policy.js';

export { parseNamingPolicy, parsePeerNamingPolicy, type NamingPolicy } from './naming-policy.js';

/**
 * Whether a certificate names a peer, with a sentence for people. The reasons are stable:
 *
 * - `absent`: nothing in the certificate names any peer under the policy
 * - `ambiguous`: more than one thing does
 * - `other-peer`: it names somebody else
 * - `malformed`: the certificate's names cannot be read
 */
export type NamingVerdict =
  | { readonly ok: true; readonly message: string }
  | {
      readonly ok: false;
      readonly reason: 'absent' | 'ambiguous' | 'other-peer' | 'malformed';
      readonly message: string;
    };

/** id-at-organizationName. */
const ORGANISATION = '55040a';

/**
 * Whether the certificate is the named peer's, by one policy and nothing else: no wildcards, no
 * common name that counts unasked, and exactly one name that could be a peer's. Text is compared
 * exactly, but for the case of DNS names and of a URI's scheme and host (RFC 5280, sections 7.2 and
 * 7.4).
 *
 * Nothing is said about trust in the certificate: that is `validatePath`'s part.
 */
export function namesPeer(
  certificate: Certificate,
  name: PeerName,
  policy: NamingPolicy,
): NamingVerdict {
  try {
    return judge(certificate, name, policy);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return refusal('malformed', `the certificate's names cannot be read: ${error.message}`);
  }
}

function judge(certificate: Certificate, name: PeerName, policy: NamingPolicy): NamingVerdict {
  const expected = fillTemplate(policy.template, name);
  switch (policy.kind) {
    case 'uri':
    case 'dns': {
      const fold = policy.kind === 'uri' ? foldUri : foldDns;
      const template = fold(policy.template);
      const names = alternativeNames(certificate)
        .flatMap((one) => (one.type === policy.kind ? [fold(one.value)] : []))
        .filter((one) => fitsTemplate(template, one));
      const kind = policy.kind === 'uri' ? 'URI' : 'DNS name';
      return only(names, fold(expected), kind);
    }
    case 'other-name': {
      const names = alternativeNames(certificate).flatMap((one) => otherName(one, policy.oid));
      return only(names, expected, 'other name');
    }
    case 'organisation': {
      const names = readName(certificate.subject)
        .flat()
        .flatMap(({ oid, value }) => (oid === ORGANISATION ? [textOf(value) ?? ''] : []));
      return only(names, expected, 'organisation');
    }
    case 'subject':
      return isSubject(certificate.subject, expected);
  }
}

/** Exactly one candidate, and that the expected one. */
function only(candidates: readonly string[], expected: string, kind: string): NamingVerdict {
  const [found, ...others] = candidates;
  if (found === undefined) {
    const wanted = `expected ${quoted(expected)}`;
    return refusal('absent', `the certificate has no ${kind} that names a peer, ${wanted}`);
  }
  if (others.length > 0) {
    return refusal(
      'ambiguous',
      `the certificate has ${candidates.length} times a ${kind} that could name a peer`,
    );
  }
  return found === expected
    ? { ok: true, message: `its ${kind} is ${quoted(found)}` }
    : refusal('other-peer', `its ${kind} is ${quoted(found)}, expected ${quoted(expected)}`);
}

/** `expected` is RFC 4514 text that the subject's exact text must equal. */
function isSubject(subject: Uint8Array, expected: string): NamingVerdict {
  const text = formatDistinguishedName(subject);
  if (text === '') return refusal('absent', 'the certificate has no subject');
  const wanted = formatDistinguishedName(parseDistinguishedName(expected));
  return text === wanted
    ? { ok: true, message: `its subject is ${quoted(text)}` }
    : refusal('other-peer', `its subject is ${quoted(text)}, expected ${quoted(wanted)}`);
}

function alternativeNames(certificate: Certificate): readonly GeneralName[] {
  const extension = findExtension(certificate, EXTENSION.subjectAltName);
  return extension === undefined ? [] : readSubjectAltName(extension.value);
}

/** A value of the right type that is no UTF8String still counts as one: it makes ambiguous. */
function otherName(name: GeneralName, oid: string): readonly string[] {
  if (name.type !== 'other' || name.oid !== oid) return [];
  return [name.value.tag === TAG.utf8String ? (textOf(name.value) ?? '') : ''];
}

/** Scheme and authority in lower case; the rest of a URI is compared as it stands. */
function foldUri(uri: string): string {
  return uri.replace(/^[^/?#]*:(?:\/\/[^/?#]*)?/, (head) => head.toLowerCase());
}

function foldDns(name: string): string {
  return name.toLowerCase();
}

function refusal(
  reason: Extract<NamingVerdict, { ok: false }>['reason'],
  message: string,
): NamingVerdict {
  return { ok: false, reason, message };
}

/** Names come from others: quoted, cut short, and without control characters. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 120)).replace(/\p{C}/gu, '\ufffd');
}
