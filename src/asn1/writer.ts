/** DER of one element: identifier, minimal length, then the parts one after the other. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([header(tag, length), ...parts]);
}

/**
 * The same element as {@link tlv}, as a list that is still to be concatenated: nested elements are
 * then copied once, by whoever makes the outermost.
 */
export function nest(tag: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [header(tag, length), ...parts];
}

/** Identifier and minimal length octets (X.690, section 10.1) of an element with so much content. */
export function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  if (length < 0x100) return Buffer.from([tag, 0x81, length]);
  if (length < 0x10000) return Buffer.from([tag, 0x82, length >> 8, length & 0xff]);
  if (length < 0x1000000) {
    return Buffer.from([tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]);
  }
  const octets = Buffer.alloc(6);
  octets.writeUInt8(tag, 0);
  octets.writeUInt8(0x84, 1);
  octets.writeUInt32BE(length, 2);
  return octets;
}

/** SEQUENCE of already encoded parts. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts);
}

/** SET OF with its members in DER's order (X.690, section 11.6). */
export function setOf(members: readonly Uint8Array[]): Buffer {
  return tlv(0x31, ...[...members].sort((a, b) => Buffer.compare(a, b)));
}

/** OCTET STRING. */
export function octetString(content: Uint8Array): Buffer {
  return tlv(0x04, content);
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
  const digits = new Date(unixMilliseconds).toISOString().replace(/\.\d+Z$|[-:T]/g, '') + 'Z';
  const isShort = Number(digits.slice(0, 4)) < 2050;
  return isShort
    ? tlv(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : tlv(0x18, Buffer.from(digits, 'latin1'));
}
