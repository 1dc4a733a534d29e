import { oidFromDotted, oidToDotted } from '../asn1/object-identifier.js';
import { Asn1Error, encodingOf } from '../asn1/reader.js';
import { TAG } from '../asn1/values.js';
import { oid, sequence, setOf, tlv } from '../asn1/writer.js';
import { isPlainAscii } from '../domain/plain-ascii.js';
import { MsgError } from '../errors.js';
import { readName, textOf, type Attribute } from './name.js';

interface AttributeType {
  readonly name: string;
  readonly oid: string;
  readonly tag: number;
}

const utf8 = (name: string, dotted: string): AttributeType => type(name, dotted, TAG.utf8String);

/** The types of RFC 4514, section 3, and those that company certificates use besides. */
const TYPES: readonly AttributeType[] = [
  utf8('CN', '2.5.4.3'),
  utf8('SN', '2.5.4.4'),
  type('serialNumber', '2.5.4.5', TAG.printableString),
  type('C', '2.5.4.6', TAG.printableString),
  utf8('L', '2.5.4.7'),
  utf8('ST', '2.5.4.8'),
  utf8('STREET', '2.5.4.9'),
  utf8('O', '2.5.4.10'),
  utf8('OU', '2.5.4.11'),
  utf8('title', '2.5.4.12'),
  utf8('givenName', '2.5.4.42'),
  utf8('organizationIdentifier', '2.5.4.97'),
  utf8('UID', '0.9.2342.19200300.100.1.1'),
  type('DC', '0.9.2342.19200300.100.1.25', TAG.ia5String),
  type('emailAddress', '1.2.840.113549.1.9.1', TAG.ia5String),
];

const BY_NAME = new Map(TYPES.map((one) => [one.name.toLowerCase(), one]));
const BY_OID = new Map(TYPES.map((one) => [one.oid, one]));

/**
 * Encodes a distinguished name written as RFC 4514 says, most specific part first, such as
 * `CN=alice,O=Acme,C=DE`, as a DER Name.
 *
 * @throws MsgError `usage` for malformed text, unknown attribute types and multi-valued RDNs.
 */
export function parseDistinguishedName(text: string): Buffer {
  if (text.trim() === '') return sequence();
  const parts = split(text).map(parseAttribute);
  return sequence(...parts.reverse());
}

/**
 * Writes a DER Name as RFC 4514 text. Types without a short name appear as `1.2.3=value` when their
 * value is text, else as `1.2.3=#hex`.
 *
 * @throws Asn1Error when the bytes are not a Name.
 */
export function formatDistinguishedName(name: Uint8Array): string {
  return readName(name)
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .reverse()
    .join(',');
}

/** So many octets of a name that cannot be read are shown. */
const SHOWN = 64;

/**
 * A name as {@link formatDistinguishedName} writes it, for people: one that is malformed is shown as
 * its first octets, in the way of RFC 4514, section 2.4, since looking at a certificate never fails.
 */
export function showDistinguishedName(name: Uint8Array): string {
  try {
    return formatDistinguishedName(name);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return `#${hexOf(name.subarray(0, SHOWN))}`;
  }
}

function formatAttribute({ oid: typeOid, value }: Attribute): string {
  const text = textOf(value);
  const shown = text === undefined ? `#${hexOf(encodingOf(value))}` : escapeValue(text);
  return `${BY_OID.get(typeOid)?.name ?? oidToDotted(typeOid)}=${shown}`;
}

/** RFC 4514, section 2.4; control characters besides, so that a name cannot forge terminal output. */
function escapeValue(value: string): string {
  const escaped = value
    .replace(/[",+;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
  if (isPlainAscii(escaped)) return escaped;
  return escaped.replace(/\p{C}/gu, (character) =>
    Buffer.from(character, 'utf8').reduce((out, byte) => `${out}\\${hexOf(Buffer.of(byte))}`, ''),
  );
}

/** Cuts at commas that no backslash escapes. */
function split(text: string): string[] {
  const commas = [...text.matchAll(/\\[\s\S]|,/g)].filter(([token]) => token === ',');
  const cuts = commas.map((comma) => comma.index);
  return [-1, ...cuts].map((cut, next) => text.slice(cut + 1, cuts[next]));
}

function parseAttribute(part: string): Buffer {
  const equals = part.indexOf('=');
  if (equals < 1) throw malformed(part, 'every part is written TYPE=value');
  const { oid: typeOid, tag } = attributeType(part.slice(0, equals).trim());
  const value = unescapeValue(part.slice(equals + 1), part);
  if (value.length === 0) throw malformed(part, 'a value must not be empty');
  const isAscii = value.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (tag !== TAG.utf8String && !isAscii) throw malformed(part, 'this type takes ASCII text only');
  if (typeOid === BY_NAME.get('c')?.oid && !/^[A-Z]{2}$/.test(value.toString('latin1'))) {
    throw malformed(part, 'a country is two capital letters');
  }
  return setOf([sequence(oid(typeOid), tlv(tag, value))]);
}

function attributeType(name: string): AttributeType {
  const known = BY_NAME.get(name.toLowerCase());
  if (known !== undefined) return known;
  try {
    const typeOid = oidFromDotted(name);
    return BY_OID.get(typeOid) ?? { name, oid: typeOid, tag: TAG.utf8String };
  } catch (cause) {
    if (!(cause instanceof Asn1Error)) throw cause;
    throw new MsgError('usage', `unknown attribute type ${JSON.stringify(name.slice(0, 40))}`, {
      hint: `use ${TYPES.map((one) => one.name).join(', ')} or a dotted object identifier`,
    });
  }
}

/** Undoes RFC 4514, section 2.4: `\,` and `\2C`; refuses what would have had to be escaped. */
function unescapeValue(raw: string, part: string): Buffer {
  const text = raw.replace(/^ +/, '').replace(/(?<!\\) +$/, '');
  if (text.startsWith('#')) throw malformed(part, 'values in hexadecimal are not supported');
  const bytes: Buffer[] = [];
  const token = /\\([0-9a-fA-F]{2})|\\([ "#+,;<=>\\])|([^\\"+;<>]+)|(.)/gsu;
  for (const [, hex, special, plain, stray] of text.matchAll(token)) {
    if (stray === '+') throw malformed(part, 'a part with several values (+) is not supported');
    if (stray !== undefined) throw malformed(part, `write \\${stray} for a literal ${stray}`);
    bytes.push(hex === undefined ? Buffer.from(special ?? plain ?? '') : Buffer.from(hex, 'hex'));
  }
  return checkUtf8(Buffer.concat(bytes), part);
}

function checkUtf8(bytes: Buffer, part: string): Buffer {
  if (!Buffer.from(bytes.toString('utf8')).equals(bytes)) throw malformed(part, 'not UTF-8');
  if (bytes.includes(0)) throw malformed(part, 'a value must not hold a zero byte');
  return bytes;
}

function malformed(part: string, hint: string): MsgError {
  return new MsgError('usage', `malformed name part ${JSON.stringify(part.slice(0, 80))}`, {
    hint,
  });
}

function type(name: string, dotted: string, tag: number): AttributeType {
  return { name, oid: oidFromDotted(dotted), tag };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
