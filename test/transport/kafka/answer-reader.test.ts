import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerReader } from '../../../src/transport/kafka/answer-reader.js';

/** Has a stream of bytes read in pieces of at most these lengths, over and over; gives what was handed on. */
function readInPieces(stream: Buffer, lengths: readonly number[]): Buffer[] {
  const given: Buffer[] = [];
  const { onread } = new AnswerReader((bytes) => given.push(bytes));
  const next = typeof onread.buffer === 'function' ? onread.buffer : () => Buffer.alloc(0);
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const into = next();
    const most = Math.min(lengths[turn % lengths.length] ?? 1, into.length, stream.length - at);
    into.set(stream.subarray(at, at + most));
    onread.callback(most, into);
    at += most;
  }
  return given;
}

function answerOf(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** Where the answers end that a piece of the stream holds; the last end is that of the piece. */
function areWhole(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length) at += 4 + bytes.readInt32BE(at);
  return at === bytes.length;
}

const bodies = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 200_000 }).map((length) => new Uint8Array(length).fill(length)),
  ),
  { maxLength: 8 },
);

test('answers come whole and unchanged, however the network cuts them', () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(70_000)), {
    minLength: 1,
  });
  fc.assert(
    fc.property(bodies, lengths, (all, cut) => {
      const stream = Buffer.concat(all.map(answerOf));
      const given = readInPieces(stream, cut);
      expect(Buffer.concat(given).equals(stream)).toBe(true);
      expect(given.every(areWhole)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('what was handed on stays as it is when more comes', () => {
  const first = answerOf(Buffer.from('first'));
  const [given] = readInPieces(Buffer.concat([first, answerOf(Buffer.from('other'))]), [9]);
  expect(given).toEqual(first);
});

test('a large answer is put together in memory of its own, without a copy', () => {
  const answer = answerOf(Buffer.alloc(4_000_000, 7));
  const given = readInPieces(answer, [1_000_000]);
  expect(given).toHaveLength(1);
  expect(given[0]?.buffer.byteLength).toBe(answer.length);
});

test.each([
  ['the size of an answer that nobody sends', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
  ['a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ['a TLS alert', Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46])],
  ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('no memory is given for %s, which is handed on as it comes', (_, beginning) => {
  const stream = Buffer.concat([answerOf(Buffer.from('before')), beginning, Buffer.alloc(100, 1)]);
  const given = readInPieces(stream, [7]);
  expect(Buffer.concat(given)).toEqual(stream);
  expect(given.length).toBeGreaterThan(10);
});
