import type { Readable } from 'node:stream';

/** The longest piece of a line that is passed on at once, in bytes. */
const LONGEST_LINE = 8 * 1024;

/** Passes a stream on line by line, without holding more than one; the last one need not end. */
export async function eachLine(
  stream: Readable,
  onLine: (line: string) => void | Promise<void>,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, piece]);
    for (let end = endOfLine(rest); end !== -1; end = endOfLine(rest)) {
      await onLine(textOf(rest.subarray(0, end)));
      rest = rest.subarray(rest[end] === NEWLINE ? end + 1 : end);
    }
  }
  if (rest.length > 0) await onLine(textOf(rest));
}

const NEWLINE = 0x0a;

function endOfLine(bytes: Buffer): number {
  const end = bytes.indexOf(NEWLINE);
  if (end !== -1 && end <= LONGEST_LINE) return end;
  return bytes.length > LONGEST_LINE ? LONGEST_LINE : -1;
}

function textOf(line: Buffer): string {
  return line.toString('utf8').replace(/\r$/, '');
}

/** The last lines of a text, so much of them as fits. */
export class Tail {
  readonly #limit: number;
  #text = '';

  /** @param limit in UTF-16 units */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(line: string): void {
    if (line.trim() === '') return;
    this.#text = `${this.#text}${this.#text === '' ? '' : '; '}${line.trim()}`;
    if (this.#text.length > this.#limit) this.#text = `…${this.#text.slice(1 - this.#limit)}`;
  }

  get text(): string {
    return this.#text;
  }
}

/** Collects a stream; undefined when it is longer than the limit, of which no more is read then. */
export async function collect(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}
