/** What a reader allows: DER only (X.690, section 10), or BER with indefinite lengths (8.1.3.6). */
export type EncodingRules = 'der' | 'ber';

/** Thrown for bytes that are not the expected ASN.1; the caller turns it into its own error. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error';
}

/** One element: identifier, length and contents, as offsets into the bytes it was read from. */
export interface Element {
  readonly source: Uint8Array;
  /** The identifier octet; only tag numbers up to 30 exist in what msg reads. */
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  /** Where the element ends, after the end-of-contents octets of an indefinite length. */
  readonly end: number;
  readonly depth: number;
}

/** Nesting deeper than this is refused (hostile input). */
export const MAX_DEPTH = 40;

const CONSTRUCTED = 0x20;

/** Walks through consecutive elements, refusing whatever is not where it has to be. */
export class Asn1Reader {
  readonly source: Uint8Array;
  readonly rules: EncodingRules;
  #position: number;
  readonly #end: number;
  readonly #depth: number;

  constructor(source: Uint8Array, rules: EncodingRules = 'der', range?: Element) {
    this.source = source;
    this.rules = rules;
    this.#position = range?.contentStart ?? 0;
    this.#end = range?.contentEnd ?? source.length;
    this.#depth = (range?.depth ?? 0) + (range === undefined ? 0 : 1);
  }

  /** Whether all elements have been taken. */
  get done(): boolean {
    return this.#position >= this.#end;
  }

  /** The next element's identifier octet, or undefined at the end. */
  peek(): number | undefined {
    return this.done ? undefined : this.source[this.#position];
  }

  /** Takes the next element, of the given tag if one is given. */
  take(tag?: number): Element {
    const element = readElement(this.source, this.#position, {
      end: this.#end,
      rules: this.rules,
      depth: this.#depth,
    });
    if (tag !== undefined && element.tag !== tag) {
      throw new Asn1Error(`expected tag ${hex(tag)}, found ${hex(element.tag)}`);
    }
    this.#position = element.end;
    return element;
  }

  /** Takes the next element if it has this tag. */
  takeOptional(tag: number): Element | undefined {
    return this.peek() === tag ? this.take(tag) : undefined;
  }

  /** Takes a constructed element and returns a reader over its contents. */
  enter(tag: number): Asn1Reader {
    return this.into(this.take(tag));
  }

  /** A reader over the contents of an element that was taken before. */
  into(element: Element): Asn1Reader {
    if ((element.tag & CONSTRUCTED) === 0) throw new Asn1Error('expected a constructed element');
    return new Asn1Reader(this.source, this.rules, element);
  }

  /** @throws Asn1Error when something is left. */
  finish(): void {
    if (!this.done) throw new Asn1Error('unexpected bytes after the last element');
  }
}

/** An element's contents. */
export function contentOf(element: Element): Uint8Array {
  return element.source.subarray(element.contentStart, element.contentEnd);
}

/** An element's whole encoding. */
export function encodingOf(element: Element): Uint8Array {
  return element.source.subarray(element.start, element.end);
}

/** Reads bytes that hold exactly one element, nothing before and nothing after. */
export function readSingle(source: Uint8Array, tag: number, rules: EncodingRules = 'der'): Element {
  const reader = new Asn1Reader(source, rules);
  const element = reader.take(tag);
  reader.finish();
  return element;
}

interface Frame {
  readonly end: number;
  readonly rules: EncodingRules;
  readonly depth: number;
}

/** Reads the element that starts at `start` and lies wholly before `frame.end`. */
export function readElement(source: Uint8Array, start: number, frame: Frame): Element {
  if (frame.depth > MAX_DEPTH) throw new Asn1Error('nested too deeply');
  const tag = byteAt(source, start, frame.end);
  if ((tag & 0x1f) === 0x1f) throw new Asn1Error('multi-byte tags are not used here');
  const first = byteAt(source, start + 1, frame.end);
  if (first === 0x80) return readIndefinite(source, start, frame);
  const { length, size } = readLength(source, start + 1, frame);
  const contentStart = start + 1 + size;
  const end = contentStart + length;
  if (end > frame.end) throw new Asn1Error('an element is longer than what holds it');
  return { source, tag, start, contentStart, contentEnd: end, end, depth: frame.depth };
}

function readLength(
  source: Uint8Array,
  at: number,
  frame: Frame,
): { length: number; size: number } {
  const first = byteAt(source, at, frame.end);
  if (first < 0x80) return { length: first, size: 1 };
  const count = first & 0x7f;
  if (count > 5) throw new Asn1Error('an absurd length');
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + byteAt(source, at + i, frame.end);
  const isMinimal = length >= 0x80 && length >= 256 ** (count - 1);
  if (frame.rules === 'der' && !isMinimal) throw new Asn1Error('a length that is not minimal');
  return { length, size: count + 1 };
}

function readIndefinite(source: Uint8Array, start: number, frame: Frame): Element {
  const tag = byteAt(source, start, frame.end);
  if (frame.rules === 'der') throw new Asn1Error('an indefinite length is not DER');
  if ((tag & CONSTRUCTED) === 0) throw new Asn1Error('an indefinite length on a primitive element');
  const inner = { ...frame, depth: frame.depth + 1 };
  let position = start + 2;
  while (byteAt(source, position, frame.end) !== 0) {
    position = readElement(source, position, inner).end;
  }
  if (byteAt(source, position + 1, frame.end) !== 0)
    throw new Asn1Error('malformed end of contents');
  return {
    source,
    tag,
    start,
    contentStart: start + 2,
    contentEnd: position,
    end: position + 2,
    depth: frame.depth,
  };
}

function byteAt(source: Uint8Array, at: number, end: number): number {
  const byte = at < end ? source[at] : undefined;
  if (byte === undefined) throw new Asn1Error('the bytes end too early');
  return byte;
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
