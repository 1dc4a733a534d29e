import { randomBytes } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';

/**
 * The most records that one compressed record set may hold: each becomes an object in memory. Sealed
 * messages do not compress, so that a set of a megabyte holds about a thousand of them.
 */
export const MOST_RECORDS = 10_000;

/** Marks placeholders; drawn anew by each process, so that no sender can write one. */
const MARK = randomBytes(16);

/** What the header of a record set (KIP-98) says about the records behind it. */
export interface RecordSetHeader {
  readonly baseOffset: bigint;
  readonly count: number;
  /** The last record's offset less the first's. */
  readonly lastOffsetDelta: number;
}

/**
 * A record set of more records than memory is given for. It cannot be replaced by placeholders,
 * since kafkajs wants as many of them; the name makes kafkajs give up at once and not after retries.
 */
export class OversizedRecordSet extends Error {
  override readonly name = 'KafkaJSNotImplemented';
  readonly from: bigint;
  /** The first offset after it. */
  readonly to: bigint;

  constructor({ baseOffset, count, lastOffsetDelta }: RecordSetHeader) {
    super(`a record set of ${count} records`);
    this.from = baseOffset;
    this.to = baseOffset + BigInt(lastOffsetDelta) + 1n;
  }
}

const HEADER_LENGTH = 61;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;

/**
 * The header of the record set whose compressed records these are. A codec gets only the records,
 * but as a view into the response, where the header lies right before them.
 */
export function headerBefore(records: Buffer): RecordSetHeader {
  const start = records.byteOffset - HEADER_LENGTH;
  if (start < 0) return { baseOffset: 0n, count: 0, lastOffsetDelta: 0 };
  const header = Buffer.from(records.buffer, start, HEADER_LENGTH);
  return {
    baseOffset: header.readBigInt64BE(0),
    count: header.readInt32BE(COUNT_AT),
    lastOffsetDelta: header.readInt32BE(LAST_OFFSET_DELTA_AT),
  };
}

/** Records that stand for a record set that could not be read: one for each offset, and why. */
export function placeholders({ count, lastOffsetDelta }: RecordSetHeader, reason: string): Buffer {
  const value = Buffer.from(reason.slice(0, 200));
  const records: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const delta = index === count - 1 ? lastOffsetDelta : index;
    records.push(placeholder(delta, index === 0 ? value : Buffer.alloc(0)));
  }
  return Buffer.concat(records);
}

/** A record: length, attributes, timestamp delta, offset delta, key, value, no headers. */
function placeholder(offsetDelta: number, value: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    varint(MARK.length),
    MARK,
    varint(value.length),
    value,
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** A non-negative number in the zigzag encoding of Kafka's records. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** Whether kafkajs read this from a placeholder, and not from a producer's record. */
export function isPlaceholder(message: Pick<KafkaMessage, 'key'>): boolean {
  return message.key !== null && MARK.equals(message.key);
}
