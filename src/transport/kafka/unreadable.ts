import { randomBytes } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';

/** The most records that one compressed record set may hold: each becomes an object in memory. */
export const MOST_RECORDS = 200_000;

/** Marks placeholders; drawn anew by each process, so that no sender can write one. */
const MARK = randomBytes(16);

/** What the header of a record set (KIP-98) says about the records behind it. */
export interface RecordSetHeader {
  readonly count: number;
  /** The last record's offset less the first's. */
  readonly lastOffsetDelta: number;
}

const COUNT_BEFORE = 4;
const LAST_OFFSET_DELTA_BEFORE = 38;

/**
 * The header of the record set whose compressed records these are. A codec gets only the records,
 * but as a view into the response, where the header lies right before them.
 */
export function headerBefore(records: Buffer): RecordSetHeader {
  const before = Math.min(records.byteOffset, LAST_OFFSET_DELTA_BEFORE);
  const header = Buffer.from(records.buffer, records.byteOffset - before, before);
  if (before < LAST_OFFSET_DELTA_BEFORE) return { count: 0, lastOffsetDelta: 0 };
  return {
    count: header.readInt32BE(before - COUNT_BEFORE),
    lastOffsetDelta: header.readInt32BE(0),
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
