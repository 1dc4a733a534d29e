import { Asn1Error, Asn1Reader, contentOf, encodingOf, type Element } from '../asn1/reader.js';
import { oidOf, TAG } from '../asn1/values.js';
import { isPlainAscii } from '../domain/plain-ascii.js';

/** A UniversalString; nothing else in this code meets one. */
const UNIVERSAL_STRING = 0x1c;

/** One attribute of a distinguished name, its value still encoded. */
export interface Attribute {
  /** The object identifier's contents in hexadecimal. */
  readonly oid: string;
  readonly value: Element;
}

/**
 * The relative distinguished names of a Name (RFC 5280, section 4.1.2.4), in the order of the
 * encoding: most general first.
 *
 * @throws Asn1Error when the bytes are not a Name in DER.
 */
export function readName(name: Uint8Array): readonly (readonly Attribute[])[] {
  const outer = new Asn1Reader(name);
  const list = outer.enter(TAG.sequence);
  outer.finish();
  const rdns: Attribute[][] = [];
  while (!list.done) rdns.push(readRdn(list.enter(TAG.set)));
  return rdns;
}

function readRdn(set: Asn1Reader): Attribute[] {
  const attributes: Attribute[] = [];
  while (!set.done) {
    const attribute = set.enter(TAG.sequence);
    attributes.push({ oid: oidOf(attribute.take(TAG.oid)), value: attribute.take() });
    attribute.finish();
  }
  if (attributes.length === 0) throw new Asn1Error('an empty relative distinguished name');
  return attributes;
}

/**
 * Whether two Names are the same by RFC 5280, section 7.1: equal attributes in equal order, text
 * compared without regard to case, string type and runs of white space.
 *
 * @throws Asn1Error when one of them is not a Name in DER.
 */
export function isSameName(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0 || nameKey(a) === nameKey(b);
}

/**
 * A string that two Names share exactly when {@link isSameName} holds: the key for maps.
 *
 * @throws Asn1Error when the bytes are not a Name in DER.
 */
export function nameKey(name: Uint8Array): string {
  return rdnKeys(name).join('\u0002');
}

/** As {@link nameKey}, for each relative distinguished name: what subtrees are compared by. */
export function rdnKeys(name: Uint8Array): readonly string[] {
  return readName(name).map((rdn) =>
    rdn
      .map(({ oid, value }) => `${oid}\u0000${valueKey(value)}`)
      .sort()
      .join('\u0001'),
  );
}

/** Prepared text, or the very encoding for what is no text (or malformed text). */
function valueKey(value: Element): string {
  const text = textOf(value);
  return text === undefined
    ? `#${Buffer.from(encodingOf(value)).toString('hex')}`
    : `=${prepare(text)}`;
}

/**
 * The text of a string value, or undefined where it is another type or not well-formed.
 * TeletexString counts as another type: nobody agrees on its character set.
 */
export function textOf(value: Element): string | undefined {
  const content = Buffer.from(contentOf(value));
  switch (value.tag) {
    case TAG.printableString:
    case TAG.ia5String:
      return content.every((byte) => byte < 0x80) ? content.toString('latin1') : undefined;
    case TAG.utf8String:
      return decode(content, 'utf-8');
    case TAG.bmpString:
      return content.length % 2 === 0 ? decode(content, 'utf-16be') : undefined;
    case UNIVERSAL_STRING:
      return decodeUtf32(content);
    default:
      return undefined;
  }
}

function decode(content: Uint8Array, encoding: 'utf-8' | 'utf-16be'): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function decodeUtf32(content: Buffer): string | undefined {
  if (content.length % 4 !== 0) return undefined;
  let text = '';
  for (let i = 0; i < content.length; i += 4) {
    const point = content.readUInt32BE(i);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}

/** String preparation for matching without case (RFC 4518, sections 2.2 to 2.6.1). */
function prepare(text: string): string {
  if (isPlainAscii(text)) return text.toLowerCase().replace(/ +/g, ' ').trim();
  return text
    .replace(/[\t\n\v\f\r\u0085]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\ufe00-\ufe0f\ufffc]/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\p{Z}+/gu, ' ')
    .trim();
}
