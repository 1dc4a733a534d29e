import { crc32c as native } from '@node-rs/crc32';
import fc from 'fast-check';
import writeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import recordBatch from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import { expect, test } from 'vitest';
import { crc32c } from '../../../src/transport/kafka/crc32c.js';
import { writeRecordSetsFast } from '../../../src/transport/kafka/record-batch.js';

const original = recordBatch.RecordBatch;

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const int32 = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const batch = fc.record({
  firstTimestamp: fc.nat({ max: 4e12 }),
  maxTimestamp: fc.nat({ max: 4e12 }),
  lastOffsetDelta: int32,
  producerId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }).map(String),
  producerEpoch: fc.integer({ min: -1, max: 32_767 }),
  firstSequence: int32,
  records: fc
    .array(fc.record({ key: bytes, value: bytes }), { maxLength: 8 })
    .map((records) =>
      records.map((record, offsetDelta) =>
        writeRecord({ ...record, offsetDelta, timestampDelta: 0, headers: { a: 'b' } }),
      ),
    ),
});

test('kafkajs still has the function that is replaced', () => {
  expect(original).toBeTypeOf('function');
});

test('record sets are byte for byte as kafkajs writes them', async () => {
  writeRecordSetsFast();
  await fc.assert(
    fc.asyncProperty(batch, async (fields) => {
      const [ours, theirs] = [await recordBatch.RecordBatch(fields), await original(fields)];
      expect(ours.buffer.equals(theirs.buffer)).toBe(true);
    }),
  );
});

test('they stay so when native code has taken over the checksum', async () => {
  writeRecordSetsFast();
  const value = Buffer.alloc(900 * 1024, 7);
  const records = [writeRecord({ key: value, value, offsetDelta: 0, timestampDelta: 0 })];
  const fields = { firstTimestamp: 1, maxTimestamp: 2, lastOffsetDelta: 0, records };
  for (let round = 0; round < 3; round++) {
    const [ours, theirs] = [await recordBatch.RecordBatch(fields), await original(fields)];
    expect(ours.buffer.equals(theirs.buffer)).toBe(true);
  }
});

test('the native checksum is there on this platform, and the same', () => {
  fc.assert(
    fc.property(bytes, (some) => {
      expect(crc32c(some)).toBe(native(some));
    }),
  );
});

test.each<[string, Buffer, number]>([
  ['32 zeros', Buffer.alloc(32), 0x8a_91_36_aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62_a8_ab_43],
  ['32 bytes that rise', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46_dd_79_4e],
  ['32 bytes that fall', Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)), 0x11_3f_db_5c],
  ['nothing', Buffer.alloc(0), 0],
])('the checksum of %s is that of RFC 3720, appendix B.4', (_what, some, sum) => {
  expect(crc32c(some)).toBe(sum);
  expect(native(some)).toBe(sum);
});
