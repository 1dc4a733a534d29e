import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Asn1Reader } from '../asn1/reader.js';
import { TAG, contextTag } from '../asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../asn1/writer.js';
import { MsgError } from '../errors.js';
import { EXTENSION, PURPOSE } from './oids.js';
import { readPublicKeyInfo } from './public-key-info.js';

/** The bits of keyUsage in their order (RFC 5280, section 4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** One bit of keyUsage. */
export type KeyUsage = (typeof KEY_USAGES)[number];

/** A purpose of extKeyUsage by name. */
export type Purpose = keyof typeof PURPOSE;

/** One name of subjectAltName or a name constraint (RFC 5280, section 4.2.1.6). */
export interface AltName {
  readonly type: 'uri' | 'dns' | 'email' | 'ip';
  readonly value: string;
}

const NAME_TAGS = { email: 1, dns: 2, uri: 6, ip: 7 } as const;

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } (RFC 5280, section 4.1). */
export function extension(oidHex: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [tlv(TAG.boolean, Buffer.of(0xff))] : [];
  return sequence(oid(oidHex), ...flag, octetString(value));
}

/** basicConstraints, critical (4.2.1.9). */
export function basicConstraints(options: { ca: boolean; pathLength?: number }): Buffer {
  const ca = options.ca ? [tlv(TAG.boolean, Buffer.of(0xff))] : [];
  const limit = options.pathLength === undefined ? [] : [integer(options.pathLength)];
  return extension(EXTENSION.basicConstraints, sequence(...ca, ...limit), true);
}

/** keyUsage, critical (4.2.1.3), its bits in DER's shortest form. */
export function keyUsage(usages: readonly KeyUsage[]): Buffer {
  const bits = KEY_USAGES.map((name) => usages.includes(name));
  const length = bits.lastIndexOf(true) + 1;
  const octets = Buffer.alloc(Math.ceil(length / 8));
  for (let i = 0; i < length; i++) {
    if (bits[i] === true) octets[i >> 3] = (octets[i >> 3] ?? 0) | (0x80 >> (i & 7));
  }
  const unused = octets.length * 8 - length;
  return extension(EXTENSION.keyUsage, tlv(TAG.bitString, Buffer.of(unused), octets), true);
}

/** extKeyUsage (4.2.1.12). */
export function extendedKeyUsage(purposes: readonly Purpose[]): Buffer {
  return extension(
    EXTENSION.extKeyUsage,
    sequence(...purposes.map((purpose) => oid(PURPOSE[purpose]))),
  );
}

/** subjectAltName (4.2.1.6); critical where the subject is empty. */
export function subjectAltName(names: readonly AltName[], critical = false): Buffer {
  return extension(EXTENSION.subjectAltName, sequence(...names.map(generalName)), critical);
}

/** A GeneralName (4.2.1.6). */
export function generalName(name: AltName): Buffer {
  return tlv(contextTag(NAME_TAGS[name.type], 'primitive'), nameOctets(name));
}

/** nameConstraints with permitted subtrees only, critical (4.2.1.10). */
export function permittedNames(names: readonly AltName[]): Buffer {
  const subtrees = names.map((name) => sequence(generalName(name)));
  const permitted = tlv(contextTag(0, 'constructed'), ...subtrees);
  return extension(EXTENSION.nameConstraints, sequence(permitted), true);
}

/** The leftmost 160 bits of SHA-256 over the public key's bits (RFC 7093, section 2, method 1). */
export function keyIdentifierOf(spki: Uint8Array): Buffer {
  const { key } = readPublicKeyInfo(new Asn1Reader(spki));
  return createHash('sha256').update(key).digest().subarray(0, 20);
}

/** subjectKeyIdentifier (4.2.1.2). */
export function subjectKeyIdentifier(identifier: Uint8Array): Buffer {
  return extension(EXTENSION.subjectKeyIdentifier, octetString(identifier));
}

/** authorityKeyIdentifier with the key identifier alone (4.2.1.1). */
export function authorityKeyIdentifier(identifier: Uint8Array): Buffer {
  const value = sequence(tlv(contextTag(0, 'primitive'), identifier));
  return extension(EXTENSION.authorityKeyIdentifier, value);
}

/** cRLDistributionPoints: one point with one URI each (4.2.1.13). */
export function crlDistributionPoints(urls: readonly string[]): Buffer {
  const points = urls.map((url) => {
    const name = tlv(contextTag(6, 'primitive'), nameOctets({ type: 'uri', value: url }));
    const fullName = tlv(contextTag(0, 'constructed'), name);
    return sequence(tlv(contextTag(0, 'constructed'), fullName));
  });
  return extension(EXTENSION.crlDistributionPoints, sequence(...points));
}

function nameOctets({ type, value }: AltName): Buffer {
  if (type === 'ip') return ipOctets(value);
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new MsgError(
      'usage',
      `not an ASCII ${type} name: ${JSON.stringify(value.slice(0, 80))}`,
      {
        hint: 'write it without blanks, an international domain name in its xn-- form',
      },
    );
  }
  return Buffer.from(value, 'latin1');
}

function ipOctets(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6 || address.includes('.')) {
    throw new MsgError('usage', `not an IP address: ${JSON.stringify(address.slice(0, 80))}`, {
      hint: 'write it as 192.0.2.1 or 2001:db8::1',
    });
  }
  const [head = '', tail] = address.split('::');
  const groups = (half: string): string[] => half.split(':').filter((group) => group !== '');
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
