import { Asn1Error, contentOf, type Asn1Reader, type Element } from './reader.js';

/** Universal tags (X.690, section 8) as identifier octets. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a context-specific tag. */
export function contextTag(number: number, form: 'primitive' | 'constructed'): number {
  return 0x80 | (form === 'constructed' ? 0x20 : 0) | number;
}

/** An OBJECT IDENTIFIER's contents as hexadecimal digits: what this code compares OIDs by. */
export function oidOf(element: Element): string {
  expectTag(element, TAG.oid);
  const content = contentOf(element);
  if (content.length === 0 || content.length > 64)
    throw new Asn1Error('an absurd object identifier');
  return hexOf(content);
}

/** Bytes as lower-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

const CONSTRUCTED = 0x20;

/**
 * Takes an OCTET STRING, or one under the implicit tag given, and returns its octets: a view, or a
 * copy where BER cut it into pieces (X.690, section 8.7.3). Pieces are not cut into pieces again: no
 * program writes that, and each level would have to be read once more.
 */
export function takeOctets(reader: Asn1Reader, tag: number = TAG.octetString): Uint8Array {
  if (reader.rules === 'der' || reader.peek() !== (tag | CONSTRUCTED)) {
    return contentOf(reader.take(tag));
  }
  const whole = reader.take();
  const octets = Buffer.alloc(whole.contentEnd - whole.contentStart);
  let length = 0;
  for (const pieces = reader.into(whole); !pieces.done;) {
    const piece = contentOf(pieces.take(TAG.octetString));
    octets.set(piece, length);
    length += piece.length;
  }
  return octets.subarray(0, length);
}

/** A small non-negative INTEGER such as a version, at most 2^31 - 1. */
export function smallInteger(element: Element): number {
  const content = integerContent(element);
  if (content.length > 4 || (content[0] ?? 0) > 0x7f) {
    throw new Asn1Error('an integer out of its range');
  }
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** An INTEGER's contents, checked to be minimal (X.690, section 8.3.2). */
export function integerContent(element: Element): Uint8Array {
  expectTag(element, TAG.integer);
  const content = contentOf(element);
  const [first, second] = content;
  if (first === undefined) throw new Asn1Error('an empty integer');
  const isPadded =
    second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw new Asn1Error('an integer that is not minimal');
  return content;
}

/** A BOOLEAN in DER: 0x00 or 0xff. */
export function booleanOf(element: Element): boolean {
  expectTag(element, TAG.boolean);
  const content = contentOf(element);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new Asn1Error('a malformed boolean');
  }
  return content[0] === 0xff;
}

/** The octets of a BIT STRING that has no unused bits. */
export function wholeBitString(element: Element): Uint8Array {
  expectTag(element, TAG.bitString);
  const content = contentOf(element);
  if (content[0] !== 0) throw new Asn1Error('a bit string with unused bits');
  return content.subarray(1);
}

/** A UTCTime or GeneralizedTime as RFC 5280, section 4.1.2.5 restricts it, in Unix milliseconds. */
export function timeOf(element: Element): number {
  const isShort = element.tag === TAG.utcTime;
  if (!isShort) expectTag(element, TAG.generalizedTime);
  const text = contentOf(element);
  const yearLength = isShort ? 2 : 4;
  if (text.length !== yearLength + 11 || text[text.length - 1] !== 0x5a) throw malformedTime();
  const digits = numberAt(text, 0, yearLength);
  const year = isShort ? digits + (digits < 50 ? 2000 : 1900) : digits;
  const month = numberAt(text, yearLength, 2);
  const day = numberAt(text, yearLength + 2, 2);
  const hour = numberAt(text, yearLength + 4, 2);
  const minute = numberAt(text, yearLength + 6, 2);
  const second = numberAt(text, yearLength + 8, 2);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const hasRolledOver =
    year < 100 || month > 12 || hour > 23 || new Date(time).getUTCDate() !== day;
  if (hasRolledOver || minute > 59 || second > 59)
    throw new Asn1Error('a time that does not exist');
  return time;
}

/** Decimal digits as a number. */
function numberAt(text: Uint8Array, start: number, length: number): number {
  let value = 0;
  for (let at = start; at < start + length; at++) {
    const digit = (text[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw malformedTime();
    value = value * 10 + digit;
  }
  return value;
}

function malformedTime(): Asn1Error {
  return new Asn1Error('a malformed time');
}

/** @throws Asn1Error when the element has another tag. */
export function expectTag(element: Element, tag: number): void {
  if (element.tag !== tag) {
    throw new Asn1Error(`expected tag 0x${tag.toString(16)}, found 0x${element.tag.toString(16)}`);
  }
}
