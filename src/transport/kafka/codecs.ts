import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import snappy from 'kafkajs-snappy';
import { MOST_RECORDS, OversizedRecordSet, headerBefore, placeholders } from './unreadable.js';
import { CompressionCodecs, CompressionTypes } from './kafkajs.js';

const unzipBounded = promisify(unzip);

/** The most bytes that one compressed record set may unfold to. */
export const MOST_DECOMPRESSED = 64 * 1024 * 1024;

type Decompressor = (compressed: Buffer) => Promise<Buffer>;

/**
 * Teaches kafkajs to read what other producers may have written. Out of the box one snappy, lz4 or
 * zstd record set ends its consumer for good, and one gzip bomb the process. What cannot be read is
 * replaced by placeholders, which the subscription passes over and reports.
 */
export function registerCodecs(): void {
  const codecs: Record<number, () => unknown> = CompressionCodecs;
  for (const [type, decompress] of DECOMPRESSORS) codecs[type] = () => codec(decompress);
}

function codec(decompress: Decompressor) {
  return {
    compress: () => Promise.reject(new Error('msg does not compress record sets')),
    decompress: (compressed: Buffer) => readOrReplace(compressed, decompress),
  };
}

async function readOrReplace(compressed: Buffer, decompress: Decompressor): Promise<Buffer> {
  const header = headerBefore(compressed);
  if (header.count > MOST_RECORDS) throw new OversizedRecordSet(header);
  try {
    return await decompress(compressed);
  } catch (error) {
    return placeholders(header, error instanceof Error ? error.message : String(error));
  }
}

const DECOMPRESSORS: ReadonlyMap<number, Decompressor> = new Map([
  [
    CompressionTypes.GZIP,
    (compressed) => unzipBounded(compressed, { maxOutputLength: MOST_DECOMPRESSED }),
  ],
  [CompressionTypes.Snappy, unsnap],
  [CompressionTypes.LZ4, () => Promise.reject(new Error('lz4 compression'))],
  [CompressionTypes.ZSTD, unzstd],
]);

async function unsnap(compressed: Buffer): Promise<Buffer> {
  const size = snappyBlocks(compressed).reduce((sum, block) => sum + snappyLength(block), 0);
  if (size > MOST_DECOMPRESSED) throw tooLarge('snappy');
  return Buffer.from(await snappy().decompress(compressed));
}

const XERIAL_MAGIC = Buffer.from('82534e4150505900', 'hex');
const XERIAL_HEADER = 16;

/** The blocks of the framing that Java producers use; one block without it. */
function snappyBlocks(compressed: Buffer): Buffer[] {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [compressed];
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER; at + 4 <= compressed.length;) {
    const end = at + 4 + compressed.readUInt32BE(at);
    blocks.push(compressed.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

/** A snappy block begins with its uncompressed length as a varint. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (const [index, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) break;
  }
  return length;
}

function unzstd(compressed: Buffer): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Decompress((part) => {
    size += part.length;
    if (size > MOST_DECOMPRESSED) throw tooLarge('zstd');
    parts.push(part);
  });
  for (let at = 0; at < compressed.length; at += ZSTD_STEP) {
    const end = Math.min(at + ZSTD_STEP, compressed.length);
    stream.push(compressed.subarray(at, end), end === compressed.length);
  }
  return Promise.resolve(Buffer.concat(parts));
}

/** How much is fed at once, so that the bound stops a bomb early. */
const ZSTD_STEP = 4096;

function tooLarge(name: string): Error {
  return new Error(`a ${name} record set of more than ${MOST_DECOMPRESSED} bytes`);
}
