import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { MsgError } from '../errors.js';

/** What every payload can do, wherever it lies. */
interface Content {
  /** In bytes. */
  readonly size: number;
  /**
   * All of it in memory.
   *
   * @throws MsgError `too-large` for a file that memory cannot hold.
   */
  bytes(): Promise<Uint8Array>;
  /** All of it from the beginning, in pieces of type Buffer; each call begins anew. */
  stream(): Readable;
}

/** A payload that came in one record. */
export interface MemoryPayload extends Content {
  readonly place: 'memory';
  readonly content: Uint8Array;
}

/** A payload that came in chunks: a file that is there until its message has been delivered. */
export interface FilePayload extends Content {
  readonly place: 'file';
  readonly path: string;
  /** Somebody else's file: whoever keeps the payload makes a copy of it, and no second name. */
  readonly isForeign: boolean;
}

/** The content of a message as it is delivered. */
export type Payload = MemoryPayload | FilePayload;

/** A payload of these bytes. */
export function memoryPayload(content: Uint8Array): MemoryPayload {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return {
    place: 'memory',
    size: content.length,
    content,
    bytes: () => Promise.resolve(content),
    stream: () => Readable.from([buffer], { objectMode: false }),
  };
}

const PIECE = 256 * 1024;

/** The payload in a file of this size. */
export function filePayload(
  path: string,
  size: number,
  { isForeign = false }: { readonly isForeign?: boolean } = {},
): FilePayload {
  return {
    place: 'file',
    ...{ size, path, isForeign },
    bytes: async () => {
      try {
        return await readFile(path);
      } catch (error) {
        throw tooLargeForMemory(error) ?? error;
      }
    },
    stream: () => createReadStream(path, { highWaterMark: PIECE }),
  };
}

function tooLargeForMemory(error: unknown): MsgError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code !== 'ERR_FS_FILE_TOO_LARGE') return undefined;
  return new MsgError('too-large', 'the payload is too large to be held in memory', {
    hint: 'read it in pieces from its stream',
    cause: error,
  });
}
