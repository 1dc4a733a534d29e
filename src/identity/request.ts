import { contextTag } from '../asn1/values.js';
import { integer, oid, sequence, setOf, tlv } from '../asn1/writer.js';
import type { PeerName } from '../domain/peer-name.js';
import type { KeyKind, KeyOperations } from '../domain/key-operations.js';
import { parseDistinguishedName } from '../x509/distinguished-name.js';
import { EXTENSION_REQUEST } from '../x509/request.js';
import { writeSigned } from '../x509/signature-algorithm.js';
import {
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  type AltName,
  type KeyUsage,
  type Purpose,
} from '../x509/write-extensions.js';

/** What to ask a certificate authority for. */
export interface RequestOptions {
  /** RFC 4514 text such as `CN=alice,O=Acme,C=DE`. */
  readonly subject: string;
  /** The name in the directory: it becomes the host of the URI `msg://<peer>`. */
  readonly peer: PeerName;
  /** More names: DNS names and mail addresses. */
  readonly dns?: readonly string[];
  readonly email?: readonly string[];
  /** By default `emailProtection` alone, with which every CMS tool verifies without further flags. */
  readonly purposes?: readonly Purpose[];
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
  const extensions = sequence(
    subjectAltName(altNames(options)),
    keyUsage(messageKeyUsages(key.kind)),
    extendedKeyUsage(options.purposes ?? ['emailProtection']),
  );
  const attribute = sequence(oid(EXTENSION_REQUEST), setOf([extensions]));
  const info = sequence(
    integer(0),
    parseDistinguishedName(options.subject),
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
function altNames({ peer, dns = [], email = [] }: RequestOptions): AltName[] {
  return [
    { type: 'uri', value: `msg://${peer}` },
    ...dns.map((value) => ({ type: 'dns', value }) as const),
    ...email.map((value) => ({ type: 'email', value }) as const),
  ];
}
