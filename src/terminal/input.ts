import { MsgError } from '../errors.js';
import { formatByteSize } from '../domain/byte-size.js';
import type { Input, Output } from './streams.js';

/**
 * Reads standard input, or whatever else the name says, to its end.
 *
 * @throws MsgError `too-large` as soon as it holds more than `limit` bytes.
 */
export async function readAll(
  input: Pick<Input, 'stream'>,
  limit: number,
  name = 'standard input',
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of input.stream) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > limit) {
      throw new MsgError('too-large', `${name} is larger than ${formatByteSize(limit)}`, {
        hint: 'split it: one message is one record, and an inbox takes about 1 MB in one by default',
      });
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts, size);
}

/** The beginning of a stream, and all of it where there is more. */
export interface Head {
  readonly head: Buffer;
  /** From the first byte on; undefined where the head is everything. */
  readonly rest: AsyncIterable<Uint8Array> | undefined;
}

/** Reads a stream up to its end, or as far as `limit`: what is longer is left to be read. */
export async function readHead(stream: AsyncIterable<unknown>, limit: number): Promise<Head> {
  const parts: Buffer[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  for (let size = 0; ;) {
    const next = await iterator.next();
    if (next.done === true) return { head: Buffer.concat(parts, size), rest: undefined };
    const part = bytesOf(next.value);
    parts.push(part);
    size += part.length;
    if (size > limit) return { head: Buffer.concat(parts, size), rest: whole(parts, iterator) };
  }
}

async function* whole(parts: Buffer[], iterator: AsyncIterator<unknown>) {
  yield* parts.splice(0);
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    yield bytesOf(next.value);
  }
}

function bytesOf(part: unknown): Buffer {
  return part instanceof Uint8Array ? Buffer.from(part) : Buffer.from(String(part));
}

/**
 * Keeps binary data off a terminal, where it could change settings or paste commands.
 *
 * @param flag - what writes it elsewhere, such as `-o FILE`; `-o -` given by hand is the way around.
 * @throws MsgError `usage` when the output is a terminal.
 */
export function refuseBinary(output: Output, flag: string): void {
  if (!output.isTTY) return;
  throw new MsgError('usage', 'refusing to write binary data to a terminal', {
    hint: `write it to a file with ${flag}, or pipe it into a program`,
  });
}
