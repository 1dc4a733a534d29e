import fc from 'fast-check';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { beforeAll, expect, test } from 'vitest';
import { keepLargePieces, piecesOf } from '../../../src/transport/kafka/rope.js';

beforeAll(() => {
  keepLargePieces();
});

/** Small and large pieces, and encoders of such, in any depth. */
type Tree = Buffer | readonly Tree[];
const piece = fc
  .record({
    length: fc.oneof(fc.nat(40), fc.integer({ min: 16_000, max: 40_000 })),
    fill: fc.nat(255),
  })
  .map(({ length, fill }) => Buffer.alloc(length, fill));
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, piece, fc.array(tie('tree'), { maxLength: 4 })),
}));

function write(tree: Tree, encoder = new Encoder()): Encoder {
  if (Buffer.isBuffer(tree)) return encoder.writeBuffer(tree);
  for (const [index, branch] of tree.entries()) {
    if (index % 2 === 0) write(branch, encoder);
    else encoder.writeEncoder(write(branch));
  }
  return encoder;
}

const bytesOf = (tree: Tree): Buffer =>
  Buffer.isBuffer(tree) ? tree : Buffer.concat(tree.map(bytesOf));

test('an encoder gives what was written into it and the encoders in it, as often as it is asked', () => {
  fc.assert(
    fc.property(tree, (some) => {
      const encoder = write(some);
      const expected = bytesOf(some);
      expect(encoder.size()).toBe(expected.length);
      expect(Buffer.concat(piecesOf(encoder)).equals(expected)).toBe(true);
      expect(encoder.buffer.equals(expected)).toBe(true);
      expect(encoder.buffer.equals(expected)).toBe(true);
      expect(encoder.writeBuffer(Buffer.from('end')).buffer.subarray(-3).toString()).toBe('end');
      expect(encoder.size()).toBe(expected.length + 3);
    }),
  );
});

test('a large piece stays where it is, and is put together once', () => {
  const large = Buffer.alloc(100_000, 1);
  const inner = new Encoder().writeBuffer(Buffer.from('a')).writeBuffer(large);
  const outer = new Encoder().writeEncoderArray([inner, inner]);
  expect(piecesOf(outer).filter((one) => one === large)).toHaveLength(2);
  expect(outer.buffer).toHaveLength(200_002);
  expect(outer.buffer.buffer).toBe(outer.buffer.buffer);
});
