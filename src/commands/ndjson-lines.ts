import { isUtf8 } from 'node:buffer';
import { MsgError } from '../errors.js';

/** A line of a text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * The lines of a stream, as they come; those that are empty are left out. Memory holds one line and one
 * piece of the stream.
 *
 * @throws MsgError `too-large` for a line of more than `longest` bytes, `json-invalid` for one that is not
 *   UTF-8; the lines before it have been given.
 */
export async function* linesOf(
  stream: AsyncIterable<unknown>,
  longest: number,
): AsyncGenerator<Line> {
  let number = 1;
  let begun: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    const bytes = piece instanceof Uint8Array ? Buffer.from(piece) : Buffer.from(String(piece));
    let start = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      const whole = Buffer.concat([...begun, bytes.subarray(start, end)]);
      [begun, size, start] = [[], 0, end + 1];
      const line = lineOf(whole, number, longest);
      if (line !== undefined) yield line;
      number += 1;
    }
    begun.push(bytes.subarray(start));
    size += bytes.length - start;
    if (size > longest) throw tooLong(number, longest);
  }
  const last = lineOf(Buffer.concat(begun), number, longest);
  if (last !== undefined) yield last;
}

function lineOf(whole: Buffer, number: number, longest: number): Line | undefined {
  const bytes = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
  if (bytes.length > longest) throw tooLong(number, longest);
  if (!isUtf8(bytes))
    throw new MsgError('json-invalid', `line ${number} is not UTF-8`, {
      hint: onwardsFrom(number),
    });
  return bytes.toString('latin1').trim() === '' ? undefined : { number, bytes };
}

/** How to go on behind what was sent. */
export function onwardsFrom(number: number): string {
  return `mend the line, and send from there on: tail -n +${number} FILE`;
}

function tooLong(number: number, longest: number): MsgError {
  return new MsgError('too-large', `line ${number} has more than ${longest} bytes`, {
    hint: 'send it as a message of its own, without --ndjson',
  });
}
