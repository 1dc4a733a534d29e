import { hkdfSync } from 'node:crypto';
import { GCM } from './algorithms.js';

/** How long a file's id is, in bytes. */
export const FILE_ID_LENGTH = 16;
/** How long a file's key is, in bytes. */
export const FILE_KEY_LENGTH = 32;
/** A file's id and a chunk's index: what a chunk is addressed by. */
export const KEY_IDENTIFIER_LENGTH = FILE_ID_LENGTH + 4;

/** What a file's chunks are sealed with. Both are random, and used for one recipient and file only. */
export interface FileKey {
  /** 16 bytes; everyone who sees a chunk sees it. */
  readonly fileId: Uint8Array;
  /** 32 bytes, known to the sender and this recipient. */
  readonly fileKey: Uint8Array;
}

/** A chunk's place in its file. */
export interface ChunkPlace {
  /** Counted from 0. */
  readonly index: number;
  readonly isLast: boolean;
}

const INFO = Buffer.from('msg/v1 chunk', 'latin1');

/** What a chunk is addressed by: the file's id, then the index as four bytes, big-endian. */
export function keyIdentifierOf(fileId: Uint8Array, index: number): Buffer {
  const identifier = Buffer.allocUnsafe(KEY_IDENTIFIER_LENGTH);
  identifier.set(fileId);
  identifier.writeUInt32BE(index, FILE_ID_LENGTH);
  return identifier;
}

/**
 * The key-encryption key of one chunk: HKDF-SHA256 (RFC 5869) of the file key, salted with the file's
 * id, over the words `msg/v1 chunk`, the index and whether the chunk is the last one. So a chunk opens
 * in its own place only, and what was cut off shows.
 */
export function chunkWrappingKey({ fileId, fileKey }: FileKey, place: ChunkPlace): Uint8Array {
  const info = Buffer.alloc(INFO.length + 5);
  info.set(INFO);
  info.writeUInt32BE(place.index, INFO.length);
  info[INFO.length + 4] = place.isLast ? 1 : 0;
  return deriveKey(fileKey, { salt: fileId, info, length: GCM.keyLength });
}

/** What a key is derived with, besides the key it comes from. */
export interface Derivation {
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  /** Bytes, at most 8160. */
  readonly length: number;
}

/**
 * HKDF with SHA-256 (RFC 5869).
 *
 * @throws Error when more bytes are asked for than it gives.
 */
export function deriveKey(key: Uint8Array, { salt, info, length }: Derivation): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, length));
}
