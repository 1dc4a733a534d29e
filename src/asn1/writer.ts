/** DER of one element: identifier, minimal length, then the parts one after the other. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return concatenate(tag, parts);
}

function concatenate(tag: number, parts: readonly Uint8Array[]): Buffer {
  const length = totalLength(parts);
  let at = 1 + lengthSize(length);
  const element = Buffer.allocUnsafe(at + length);
  element[0] = tag;
  writeLength(element, length);
  for (const part of parts) {
    element.set(part, at);
    at += part.length;
  }
  return element;
}

/**
 * The same element as {@link tlv}, as a list that is still to be concatenated: nested elements are
 * then copied once, by whoever makes the outermost.
 */
export function nest(tag: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [header(tag, totalLength(parts)), ...parts];
}

/** Identifier and minimal length octets (X.690, section 10.1) of an element with so much content. */
export function header(tag: number, length: number): Buffer {
  const octets = Buffer.allocUnsafe(1 + lengthSize(length));
  octets[0] = tag;
  writeLength(octets, length);
  return octets;
}

function totalLength(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

function lengthSize(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x100) return 2;
  if (length < 0x10000) return 3;
  return length < 0x1000000 ? 4 : 5;
}

/** Writes the length octets after the identifier octet. */
function writeLength(element: Buffer, length: number): void {
  const size = lengthSize(length);
  if (size === 1) {
    element[1] = length;
  } else {
    element[1] = 0x80 | (size - 1);
    element.writeUIntBE(length, 2, size - 1);
  }
}

/** SEQUENCE of already encoded parts. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return concatenate(0x30, parts);
}

/** SET OF with its members in DER's order (X.690, section 11.6). */
export function setOf(members: readonly Uint8Array[]): Buffer {
  return concatenate(
    0x31,
    [...members].sort((a, b) => Buffer.compare(a, b)),
  );
}

/** OCTET STRING. */
export function octetString(content: Uint8Array): Buffer {
  return concatenate(0x04, [content]);
}

/** OBJECT IDENTIFIER from its contents in hexadecimal, as `oids.ts` keeps them. */
export function oid(contentHex: string): Buffer {
  return tlv(0x06, Buffer.from(contentHex, 'hex'));
}

/** INTEGER of a small non-negative number. */
export function integer(value: number): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return (bytes[0] ?? 0) < 0x80 ? tlv(0x02, bytes) : tlv(0x02, Buffer.of(0), bytes);
}

/** UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5652, section 11.3), whole seconds. */
export function time(unixMilliseconds: number): Buffer {
  const date = new Date(unixMilliseconds);
  // Not toISOString, which has V8 look for the time zone first.
  const fields = [
    ...[date.getUTCMonth() + 1, date.getUTCDate()],
    ...[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
  ].map((field) => String(field).padStart(2, '0'));
  const digits = `${String(date.getUTCFullYear()).padStart(4, '0')}${fields.join('')}Z`;
  const isShort = digits < '2050';
  return isShort
    ? tlv(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tlv(0x18, Buffer.from(digits, 'latin1'));
}
