import Encoder from 'kafkajs/src/protocol/encoder.js';

/** From how many bytes on it pays to keep a piece where it is, instead of copying it. */
const WORTH_KEEPING = 16 * 1024;

/** What was written of an encoder whose `buf` is only its end. */
interface Rope {
  readonly pieces: Buffer[];
  length: number;
}

const REPLACED = ['writeBufferInternal', 'writeEncoder', 'writeEncoderArray', 'size', 'buffer'];

const ropes = new WeakMap<Encoder, Rope>();
let isPatched = false;

/**
 * Lets kafkajs' encoders keep large pieces where they are. A request is an encoder in an encoder, six
 * deep, and each copies all of the one in it into zeroed memory of its own: of a record of 900 KiB some
 * 15 MiB are written and thrown away. With this the bytes are put together once, when they are read.
 *
 * Whoever hands over a buffer must not change it until the request is out, as kafkajs' retries want it
 * anyway.
 *
 * @throws Error when this kafkajs has no such encoder; its version is pinned.
 */
export function keepLargePieces(): void {
  if (isPatched) return;
  const { prototype } = Encoder;
  if (!REPLACED.every((name) => Object.hasOwn(prototype, name))) {
    throw new Error('kafkajs has another encoder now');
  }
  const { writeBufferInternal: copyIn } = prototype;
  prototype.writeBufferInternal = function (bytes) {
    if (bytes.length < WORTH_KEEPING) copyIn.call(this, bytes);
    else append(this, bytes);
  };
  prototype.writeEncoder = function (other) {
    for (const piece of piecesOf(other)) this.writeBufferInternal(piece);
    return this;
  };
  prototype.writeEncoderArray = function (others) {
    for (const other of others) this.writeEncoder(other);
    return this;
  };
  prototype.size = function () {
    return (ropes.get(this)?.length ?? 0) + this.offset;
  };
  Object.defineProperty(prototype, 'buffer', {
    configurable: true,
    get(this: Encoder) {
      const rope = ropes.get(this);
      return rope === undefined ? this.buf.subarray(0, this.offset) : join(this, rope);
    },
  });
  isPatched = true;
}

/** What was written, in order, without a copy. */
export function piecesOf(encoder: Encoder): readonly Buffer[] {
  const end = encoder.buf.subarray(0, encoder.offset);
  const rope = ropes.get(encoder);
  return rope === undefined ? [end] : [...rope.pieces, end];
}

function append(encoder: Encoder, bytes: Buffer): void {
  const rope = ropes.get(encoder) ?? { pieces: [], length: 0 };
  ropes.set(encoder, rope);
  rope.pieces.push(encoder.buf.subarray(0, encoder.offset), bytes);
  rope.length += encoder.offset + bytes.length;
  // Behind what is in use: nobody else writes there.
  encoder.buf = encoder.buf.subarray(encoder.offset);
  encoder.offset = 0;
}

/** Puts the pieces together; whoever asks again gets the same bytes. */
function join(encoder: Encoder, rope: Rope): Buffer {
  const whole = Buffer.concat(piecesOf(encoder), rope.length + encoder.offset);
  ropes.delete(encoder);
  encoder.buf = whole;
  encoder.offset = whole.length;
  return whole;
}
