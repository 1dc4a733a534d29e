import { randomBytes } from 'node:crypto';
import { sealChunk } from '../../src/envelope/chunk.js';
import { openChunk, readChunk } from '../../src/envelope/chunk-read.js';
import type { FileKey } from '../../src/envelope/chunk-key.js';
import { EnvelopeRefused } from '../../src/envelope/refused.js';

/** A file key that was used for nothing else. */
export function newFileKey(): FileKey {
  return { fileId: randomBytes(16), fileKey: randomBytes(32) };
}

/** A file cut into so many chunks, sealed. */
export function sealChunks(file: FileKey, contents: readonly Uint8Array[]): readonly Buffer[] {
  return contents.map((content, index) =>
    sealChunk(file, { index, isLast: index === contents.length - 1 }, content, randomBytes),
  );
}

/** Reads and opens a chunk as one of so many. */
export function openSealed(sealed: Uint8Array, file: FileKey, count: number): Buffer {
  return openChunk(readChunk(sealed), file, count);
}

/** Why a chunk is not opened: reason and sentence. */
export function chunkRefusal(sealed: Uint8Array, file: FileKey, count: number): EnvelopeRefused {
  try {
    openSealed(sealed, file, count);
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error;
    throw error;
  }
  throw new Error('it was opened');
}
