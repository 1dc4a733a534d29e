import { Asn1Error } from './reader.js';

/**
 * The contents octets, in hexadecimal, of an object identifier written with dots (X.690, section
 * 8.19): the spelling in which this code compares and writes object identifiers.
 *
 * @throws Asn1Error when the text is not an object identifier.
 */
export function oidFromDotted(dotted: string): string {
  if (!/^[012](\.(0|[1-9]\d{0,38}))+$/.test(dotted)) {
    throw new Asn1Error(`not an object identifier: ${dotted.slice(0, 80)}`);
  }
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  if (first < 2n && second > 39n) throw new Asn1Error(`not an object identifier: ${dotted}`);
  return [first * 40n + second, ...rest].map(arcOctets).join('');
}

/**
 * The dotted spelling of an object identifier's contents octets in hexadecimal.
 *
 * @throws Asn1Error when the octets end within an arc or an arc is not minimal.
 */
export function oidToDotted(contentHex: string): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  let isInside = false;
  for (const byte of Buffer.from(contentHex, 'hex')) {
    if (!isInside && byte === 0x80) throw new Asn1Error('an arc that is not minimal');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isInside = byte >= 0x80;
    if (!isInside) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [head, ...rest] = arcs;
  if (isInside || head === undefined) throw new Asn1Error('a truncated object identifier');
  const root = head < 40n ? 0n : head < 80n ? 1n : 2n;
  return [root, head - root * 40n, ...rest].join('.');
}

/** As {@link oidToDotted}, for people: contents that are malformed are shown as they are. */
export function showOid(contentHex: string): string {
  try {
    return oidToDotted(contentHex);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return `#${contentHex}`;
  }
}

/** One arc in base 128, most significant first, every octet but the last with its high bit set. */
function arcOctets(arc: bigint): string {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(Number(rest & 0x7fn) | 0x80);
  return Buffer.from(octets).toString('hex');
}
