/**
 * DER taken apart so that it can be put together wrong: unlike `src/asn1`, this reads leniently and
 * writes whatever it is told to.
 */

/** One element. */
export interface Node {
  /** The identifier octets. */
  identifier: Buffer;
  /** What stands between the length and the children, such as a BIT STRING's count of unused bits. */
  prefix: Buffer;
  /** Elements inside, also those inside of strings; undefined where the contents are no elements. */
  children: Node[] | undefined;
  /** The contents of an element without children. */
  content: Buffer;
  /** Instead of the right length: octets for a given number of octets of content. */
  writeLength: ((length: number) => Buffer) | undefined;
  /** What follows the content, such as end-of-contents octets. */
  suffix: Buffer;
}

const NOTHING = Buffer.alloc(0);
const CONSTRUCTED = 0x20;
const [BIT_STRING, OCTET_STRING] = [0x03, 0x04];
/** Honest DER is not deeper; recursion ends here. */
const DEEPEST = 30;

/** A new element. */
export function node(tag: number, content: Buffer = NOTHING): Node {
  return {
    identifier: Buffer.of(tag),
    ...{ prefix: NOTHING, children: undefined, content, writeLength: undefined, suffix: NOTHING },
  };
}

/** Takes bytes apart that are elements from the first to the last byte; undefined where they are not. */
export function parseNodes(bytes: Buffer, depth = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = frameAt(bytes, at);
    if (found === undefined) return undefined;
    nodes.push(parseNode(bytes, found, depth));
    at = found.end;
  }
  return nodes;
}

/** Where an element begins, where its contents do, and where it ends. */
interface Frame {
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

function frameAt(bytes: Buffer, start: number): Frame | undefined {
  const [tag, first] = [bytes[start], bytes[start + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || count > 4 || start + 2 + count > bytes.length) return undefined;
  const length = count === 0 ? first : bytes.readUIntBE(start + 2, count);
  const content = start + 2 + count;
  return content + length > bytes.length ? undefined : { start, content, end: content + length };
}

function parseNode(bytes: Buffer, { start, content, end }: Frame, depth: number): Node {
  const tag = bytes[start] ?? 0;
  const whole = bytes.subarray(content, end);
  const made = node(tag, whole);
  if (depth === DEEPEST || whole.length === 0) return made;
  const isBits = tag === BIT_STRING && whole[0] === 0;
  if ((tag & CONSTRUCTED) === 0 && tag !== OCTET_STRING && !isBits) return made;
  const prefix = isBits ? whole.subarray(0, 1) : NOTHING;
  const children = parseNodes(whole.subarray(prefix.length), depth + 1);
  return children === undefined || children.length === 0 ? made : { ...made, prefix, children };
}

/** Writes elements one after the other. */
export function encodeNodes(nodes: readonly Node[]): Buffer {
  const parts: Buffer[] = [];
  for (const one of nodes) writeNode(one, parts);
  return Buffer.concat(parts);
}

/** Writes an element. */
export function encodeNode(one: Node): Buffer {
  return encodeNodes([one]);
}

/** Adds an element to what is to be written, and says how many octets it has. */
function writeNode(one: Node, parts: Buffer[]): number {
  const { identifier, prefix, children, content, suffix } = one;
  const inner: Buffer[] = [];
  let length = prefix.length;
  if (children === undefined) length += content.length;
  else for (const child of children) length += writeNode(child, inner);
  const octets = one.writeLength?.(length) ?? lengthOctets(length);
  parts.push(identifier, octets);
  if (prefix.length > 0) parts.push(prefix);
  if (children === undefined) parts.push(content);
  else for (const part of inner) parts.push(part);
  if (suffix.length > 0) parts.push(suffix);
  return identifier.length + octets.length + length + suffix.length;
}

/** The minimal length octets. */
export function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  return longLength(length, size);
}

/** Length octets with so many octets for the number, which may be more than it needs. */
export function longLength(length: number, size: number): Buffer {
  const octets = Buffer.alloc(1 + size);
  octets[0] = 0x80 | size;
  for (let at = size, rest = length; at > 0; at--, rest = Math.floor(rest / 256)) {
    octets[at] = rest % 256;
  }
  return octets;
}

/** Where an element stands: in which list, and at which place of it. */
export interface Place {
  readonly siblings: Node[];
  readonly index: number;
}

/** Every element of a tree, each before what is inside it. */
export function placesIn(nodes: Node[], places: Place[] = []): Place[] {
  for (const [index, { children }] of nodes.entries()) {
    places.push({ siblings: nodes, index });
    if (children !== undefined) placesIn(children, places);
  }
  return places;
}
