import type { OnReadOpts } from 'node:net';

/** An answer begins with its size (int32), which does not count itself. */
const SIZE_LENGTH = 4;

/** What is read at once while no answer is under way. */
const PIECE = 64 * 1024;

/** What claims to be larger is handed on as it comes: no memory is given for a size that was only said. */
const LARGEST = 64 * 1024 * 1024;

/**
 * Has the system write what a broker answers to where it stays. Node otherwise gives every 64 KiB memory
 * of their own, and kafkajs puts them together once the whole has come.
 */
export class AnswerReader {
  /** For the option `onread` of a socket, which then has no `data` events of its own. */
  readonly onread: OnReadOpts;
  readonly #onAnswers: (bytes: Buffer) => void;
  readonly #piece = Buffer.allocUnsafeSlow(PIECE);
  /** So many bytes at the beginning of the piece belong to a size that has come in part. */
  #held = 0;
  /** The answer under way, and how much of it has come. */
  #answer: Buffer | undefined;
  #filled = 0;
  /** So many bytes are to come of what is handed on as it comes. */
  #passing = 0;

  /** @param onAnswers is given whole answers, but for what is too large. */
  constructor(onAnswers: (bytes: Buffer) => void) {
    this.#onAnswers = onAnswers;
    this.onread = {
      buffer: () => this.#answer?.subarray(this.#filled) ?? this.#piece.subarray(this.#held),
      callback: (count) => {
        if (this.#answer === undefined) this.#takePiece(this.#held + count);
        else this.#fill(this.#answer, count);
        return true;
      },
    };
  }

  #fill(answer: Buffer, count: number): void {
    this.#filled += count;
    if (this.#filled < answer.length) return;
    this.#answer = undefined;
    this.#onAnswers(answer);
  }

  #takePiece(length: number): void {
    const piece = this.#piece.subarray(0, length);
    const end = this.#endOfWhole(piece);
    if (end > 0) this.#onAnswers(Buffer.from(piece.subarray(0, end)));
    const rest = piece.subarray(end);
    this.#held = 0;
    if (rest.length >= SIZE_LENGTH) this.#begin(rest);
    else this.#held = rest.copy(this.#piece);
  }

  /** Where the last answer ends of which nothing is missing; all of it where it is handed on as it comes. */
  #endOfWhole(piece: Buffer): number {
    let at = Math.min(this.#passing, piece.length);
    this.#passing -= at;
    while (piece.length - at >= SIZE_LENGTH) {
      const end = at + SIZE_LENGTH + sizeAt(piece, at);
      if (end > piece.length && end - at <= LARGEST) return at;
      this.#passing = Math.max(0, end - piece.length);
      at = Math.min(end, piece.length);
    }
    return at;
  }

  #begin(beginning: Buffer): void {
    this.#answer = Buffer.allocUnsafeSlow(SIZE_LENGTH + sizeAt(beginning, 0));
    this.#filled = beginning.copy(this.#answer);
  }
}

/** A negative size is none at all: whatever comes is handed on. */
function sizeAt(bytes: Buffer, at: number): number {
  const size = bytes.readInt32BE(at);
  return size < 0 ? Number.POSITIVE_INFINITY : size;
}
