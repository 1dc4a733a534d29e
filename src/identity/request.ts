import { contextTag } from '../asn1/values.js';
import { integer, oid, sequence, setOf, tlv } from '../asn1/writer.js';
import type { PeerName } from '../domain/peer-name.js';
import type { KeyKind, KeyOperations } from '../domain/key-operations.js';
import { findExtension, type Certificate } from '../x509/certificate.js';
import { parseDistinguishedName } from '../x509/distinguished-name.js';
import { EXTENSION, PURPOSE } from '../x509/oids.js';
import { EXTENSION_REQUEST } from '../x509/request.js';
import { writeSigned } from '../x509/signature-algorithm.js';
import {
  extension,
  generalName,
  keyUsage,
  type AltName,
  type KeyUsage,
  type Purpose,
} from '../x509/write-extensions.js';

/** What to ask a certificate authority for. */
export interface RequestOptions extends RequestExtras {
  /** RFC 4514 text such as `CN=alice,O=Acme,C=DE`. */
  readonly subject: string;
  /** The name in the directory. */
  readonly peer: PeerName;
  /** The URI that names the peer; `msg://<peer>` where absent. */
  readonly uri?: string;
  /** More names: DNS names and mail addresses. */
  readonly dns?: readonly string[];
  readonly email?: readonly string[];
}

/** What a request asks for besides names. */
export interface RequestExtras {
  /** By default `emailProtection` alone, with which every CMS tool verifies without further flags. */
  readonly purposes?: readonly Purpose[] | undefined;
  /** What the authority wants to find in the request (RFC 7030, section 4.5.2). */
  readonly additions?: RequestAdditions | undefined;
}

/** Parts of extensions that an authority wants requests to have. */
export interface RequestAdditions {
  /** Object identifiers for extKeyUsage, contents in hexadecimal. */
  readonly purposes: readonly string[];
  /** Names for subjectAltName, each a GeneralName, DER. */
  readonly names: readonly Uint8Array[];
  /** Whole extensions of other kinds, DER. */
  readonly extensions: readonly Uint8Array[];
}

/** What a request needs of a key: its public half and a signature. */
export type RequestKey = Pick<KeyOperations, 'kind' | 'sign'> & {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
};

/**
 * Writes a PKCS#10 certification request (RFC 2986) in DER, with the wanted names and usages as an
 * extensionRequest attribute (RFC 2985, section 5.4.2).
 *
 * @throws MsgError `usage` for a malformed subject or name.
 */
export function createRequest(options: RequestOptions, key: RequestKey): Promise<Buffer> {
  const { purposes, additions } = options;
  const encoded = [...altNames(options).map(generalName), ...(additions?.names ?? [])];
  const names = extension(EXTENSION.subjectAltName, sequence(...encoded));
  const subject = parseDistinguishedName(options.subject);
  return writeRequest({ subject, names, purposes, additions }, key);
}

/**
 * Writes the request for a certificate that takes the place of another one: subject and
 * subjectAltName are those of that certificate to the octet, as RFC 7030, section 4.2.2, demands.
 */
export function createRenewalRequest(
  certificate: Certificate,
  key: RequestKey,
  extras: RequestExtras = {},
): Promise<Buffer> {
  const found = findExtension(certificate, EXTENSION.subjectAltName);
  const names = found && extension(found.oid, found.value, found.critical);
  return writeRequest({ ...extras, subject: certificate.subject, names }, key);
}

interface RequestContent extends RequestExtras {
  /** Name, DER. */
  readonly subject: Uint8Array;
  /** The whole subjectAltName extension, DER. */
  readonly names: Uint8Array | undefined;
}

function writeRequest(content: RequestContent, key: RequestKey): Promise<Buffer> {
  const { subject, names, purposes = ['emailProtection'], additions } = content;
  const usages = purposes.map((purpose): string => PURPOSE[purpose]);
  const allUsages = new Set([...usages, ...(additions?.purposes ?? [])]);
  const extensions = sequence(
    ...(names === undefined ? [] : [names]),
    keyUsage(messageKeyUsages(key.kind)),
    extension(EXTENSION.extKeyUsage, sequence(...[...allUsages].map(oid))),
    ...(additions?.extensions ?? []),
  );
  const attribute = sequence(oid(EXTENSION_REQUEST), setOf([extensions]));
  const info = sequence(
    integer(0),
    subject,
    key.spki,
    tlv(contextTag(0, 'constructed'), attribute),
  );
  return writeSigned(info, key);
}

/** The keyUsage of message certificates: sign, and agree on (EC) or transport (RSA) keys. */
export function messageKeyUsages(kind: KeyKind): KeyUsage[] {
  return ['digitalSignature', kind === 'rsa' ? 'keyEncipherment' : 'keyAgreement'];
}

/** The peer's name is a URI's host, so that an authority's URI name constraints apply to it. */
function altNames({ peer, uri, dns = [], email = [] }: RequestOptions): AltName[] {
  return [
    { type: 'uri', value: uri ?? `msg://${peer}` },
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...email.map((value) => ({ type: 'email', value }) as const),
  ];
}
