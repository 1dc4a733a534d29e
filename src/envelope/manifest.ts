import { isUtf8 } from 'node:buffer';
import { FILE_ID_LENGTH, FILE_KEY_LENGTH, type FileKey } from './chunk-key.js';
import type { Header } from './header.js';
import { EnvelopeRefused } from './refused.js';

/** What a manifest says about the chunks that follow it. */
export interface Manifest extends FileKey {
  /** The whole payload's length in bytes, before any encoding. */
  readonly size: number;
  /** How many bytes of the payload each chunk but the last one holds. */
  readonly chunkSize: number;
  /** How many chunks there are. */
  readonly count: number;
  /** SHA-256 of the whole payload before any encoding, as 64 hexadecimal digits. */
  readonly sha256: string;
  /** How each chunk's content is encoded, by itself. */
  readonly encoding?: 'gzip';
}

/** A manifest that takes an earlier one back: the rest of its file will not come. */
export interface Abort {
  readonly fileId: Uint8Array;
  /** A sentence for the operator of the receiver. */
  readonly aborted: string;
}

/** More chunks than this are refused: what was received is kept track of in memory, a bit a chunk. */
export const MOST_CHUNKS = 2 ** 20;

/** The fewest bytes of payload in a chunk that is not the only one. */
export const LEAST_CHUNK_SIZE = 4096;

/** The most bytes of payload in a chunk: a packed one has to be unpacked in memory, whoever sent it. */
export const LARGEST_CHUNK_SIZE = 16 * 1024 * 1024;

const LARGEST_MANIFEST = 4096;
const LONGEST_REASON = 500;

/**
 * The manifest's JSON, which is the payload of a message of kind `manifest`. What its header says as
 * well (size, name, content type, encoding) stands here too, for readers that see the payload only.
 */
export function writeManifest(manifest: Manifest, header: Pick<Header, 'name' | 'contentType'>) {
  const { size, chunkSize, count, sha256, encoding } = manifest;
  return Buffer.from(
    JSON.stringify({
      ...{ v: 1, file: hex(manifest.fileId), key: hex(manifest.fileKey) },
      ...{ size, chunkSize, count, sha256 },
      ...{ name: header.name, contentType: header.contentType, encoding },
    }),
  );
}

/** The JSON that takes a manifest back. */
export function writeAbort({ fileId, aborted }: Abort): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, file: hex(fileId), aborted }));
}

/** How many chunks hold so many bytes. */
export function chunkCount(size: number, chunkSize: number): number {
  return Math.ceil(size / chunkSize);
}

/** The length of one chunk's payload. */
export function chunkLength({ size, chunkSize, count }: Manifest, index: number): number {
  return index === count - 1 ? size - chunkSize * (count - 1) : chunkSize;
}

/**
 * Reads the payload of a message of kind `manifest`.
 *
 * @throws EnvelopeRefused `manifest` for what breaks its rules or contradicts the header.
 */
export function readManifest(payload: Uint8Array, header: Header): Manifest | Abort {
  const fields = parse(payload);
  if (fields['v'] !== 1) throw refused('v is not 1, the only version this program knows');
  const fileId = bytesOf(fields['file'], FILE_ID_LENGTH, 'file');
  if (fields['aborted'] !== undefined) return { fileId, aborted: reasonOf(fields['aborted']) };
  const manifest: Manifest = {
    fileId,
    fileKey: bytesOf(fields['key'], FILE_KEY_LENGTH, 'key'),
    size: wholeNumber(fields['size'], 'size'),
    chunkSize: wholeNumber(fields['chunkSize'], 'chunkSize'),
    count: wholeNumber(fields['count'], 'count'),
    sha256: hex(bytesOf(fields['sha256'], 32, 'sha256')),
    ...(fields['encoding'] === 'gzip' ? { encoding: 'gzip' } : {}),
  };
  for (const name of ['size', 'name', 'contentType', 'encoding'] as const) {
    if (fields[name] !== header[name]) throw refused(`${name} is not what the header says`);
  }
  checkSizes(manifest);
  return manifest;
}

/** Whether a manifest takes an earlier one back. */
export function isAbort(manifest: Manifest | Abort): manifest is Abort {
  return 'aborted' in manifest;
}

function checkSizes({ size, chunkSize, count }: Manifest): void {
  if (count > MOST_CHUNKS) throw refused(`${count} chunks are more than ${MOST_CHUNKS}`);
  if (chunkSize > LARGEST_CHUNK_SIZE) throw refused(`chunks of ${chunkSize} bytes`);
  if (count > 1 && chunkSize < LEAST_CHUNK_SIZE) throw refused(`chunks of ${chunkSize} bytes`);
  if (count === chunkCount(size, chunkSize)) return;
  throw refused(`${count} chunks of ${chunkSize} bytes do not make ${size}`);
}

function parse(payload: Uint8Array): Readonly<Record<string, unknown>> {
  if (payload.length > LARGEST_MANIFEST) throw refused(`${payload.length} bytes are too many`);
  if (!isUtf8(payload)) throw refused('it is not UTF-8');
  const value = parseJson(Buffer.from(payload).toString());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refused('it is not an object');
  }
  return { ...value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('it is not JSON');
  }
}

function wholeNumber(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw refused(`${field} is not a whole number from 1`);
}

function bytesOf(value: unknown, length: number, field: string): Buffer {
  const isHex = typeof value === 'string' && /^[0-9a-f]*$/.test(value);
  if (isHex && value.length === 2 * length) return Buffer.from(value, 'hex');
  throw refused(`${field} is not ${2 * length} hexadecimal digits`);
}

function reasonOf(value: unknown): string {
  const isShort = typeof value === 'string' && value.length > 0 && value.length <= LONGEST_REASON;
  if (isShort && !/\p{Cc}/u.test(value)) return value;
  throw refused('aborted is not a short sentence');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function refused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('manifest', `the manifest is refused: ${message}`);
}
