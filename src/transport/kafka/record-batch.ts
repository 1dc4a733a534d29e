import { createRequire } from 'node:module';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import recordBatch, { type RecordBatchFields } from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import { crc32c } from './crc32c.js';
import { piecesOf } from './rope.js';

/**
 * How many bytes this process has to check before native code is loaded for it: loading takes as long
 * as JavaScript needs for them, and whoever sends one message is done by then.
 */
const WORTH_LOADING = 2 * 1024 * 1024;

const HEADER_LENGTH = 61;
const LENGTH_AT = 8;
/** What the length counts begins behind it. */
const COUNTED_FROM = 12;
const MAGIC_AT = 16;
const CHECKSUM_AT = 17;
const COVERED_FROM = 21;
const MAGIC = 2;

type Checksum = (bytes: Buffer) => number;

let isReplaced = false;
let checked = 0;
let native: Checksum | undefined;

/**
 * Replaces kafkajs' writer of record sets (KIP-98). Its checksum, a table of 256 entries in JavaScript,
 * takes a third of the time of publishing large records, and it copies every byte four times over.
 * Compressed and transactional ones, which msg does not write, are left to kafkajs.
 *
 * @throws Error when this kafkajs has no such function; its version is pinned.
 */
export function writeRecordSetsFast(): void {
  if (isReplaced) return;
  const original = recordBatch.RecordBatch;
  if (typeof original !== 'function') throw new Error('kafkajs has no RecordBatch any more');
  recordBatch.RecordBatch = (fields) =>
    (fields.compression ?? 0) === 0 && fields.transactional !== true
      ? Promise.resolve(writeRecordSet(fields))
      : original(fields);
  isReplaced = true;
}

function writeRecordSet(fields: RecordBatchFields): Encoder {
  const { records } = fields;
  const length = records.reduce((sum, record) => sum + record.size(), HEADER_LENGTH);
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeBigInt64BE(int64(fields.firstOffset, 0n), 0);
  bytes.writeInt32BE(length - COUNTED_FROM, LENGTH_AT);
  bytes.writeInt32BE(fields.partitionLeaderEpoch ?? 0, COUNTED_FROM);
  bytes.writeInt8(MAGIC, MAGIC_AT);
  let at = bytes.writeInt16BE(0, COVERED_FROM);
  at = bytes.writeInt32BE(fields.lastOffsetDelta, at);
  at = bytes.writeBigInt64BE(BigInt(fields.firstTimestamp), at);
  at = bytes.writeBigInt64BE(BigInt(fields.maxTimestamp), at);
  at = bytes.writeBigInt64BE(int64(fields.producerId, -1n), at);
  at = bytes.writeInt16BE(fields.producerEpoch ?? 0, at);
  at = bytes.writeInt32BE(fields.firstSequence ?? 0, at);
  at = bytes.writeInt32BE(records.length, at);
  for (const piece of records.flatMap(piecesOf)) at += piece.copy(bytes, at);
  bytes.writeUInt32BE(checksum(bytes.subarray(COVERED_FROM)), CHECKSUM_AT);
  const encoder = new Encoder(0);
  encoder.buf = bytes;
  encoder.offset = bytes.length;
  return encoder;
}

function int64(value: { toString(): string } | undefined, fallback: bigint): bigint {
  return value === undefined ? fallback : BigInt(value.toString());
}

/** CRC-32C: in JavaScript for the first bytes, then in native code. */
function checksum(bytes: Buffer): number {
  checked += bytes.length;
  if (native === undefined && checked >= WORTH_LOADING) native = loadNative();
  return (native ?? crc32c)(bytes);
}

/** On a platform without a prebuilt binary it stays with JavaScript. */
function loadNative(): Checksum {
  try {
    const library = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Checksum };
    return library.crc32c;
  } catch {
    return crc32c;
  }
}
