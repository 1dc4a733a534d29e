import type { OutgoingRecord } from '../port.js';

/** The header of a record set (KIP-98), which `max.message.bytes` counts too. */
export const RECORD_SET_OVERHEAD = 61;

/** Attributes, and both deltas at their longest. */
const FIXED = 1 + 10 + 5;

/** The most bytes that a record takes within a record set. */
export function recordSize({ key, value, headers }: OutgoingRecord): number {
  let size = FIXED + field(Buffer.byteLength(key)) + field(value.byteLength) + 5;
  for (const [name, text] of Object.entries(headers)) {
    size += field(Buffer.byteLength(name)) + field(Buffer.byteLength(text));
  }
  return size + varintLength(size);
}

function field(length: number): number {
  return varintLength(length) + length;
}

/** Bytes of a length in the zigzag varint encoding. */
function varintLength(length: number): number {
  let bytes = 1;
  for (let rest = length * 2; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
