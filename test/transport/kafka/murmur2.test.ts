import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../../src/transport/kafka/murmur2.js';

// Values of Apache Kafka's own UtilsTest.testMurmur2.
test.for([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
] as const)('murmur2 hashes %s as Kafka does', ([text, hash]) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('a key goes to the partition that its hash without the sign names', () => {
  expect(partitionOf('21', 7)).toBe((-973932308 & 0x7fffffff) % 7);
});
