import { createHash, type Hash } from 'node:crypto';
import { chunkLength, type Manifest } from '../envelope/manifest.js';
import type { SpoolFile } from '../spool/spool.js';

/** So many chunks are read back for each that comes, where the hash is behind. */
const CATCH_UP = 2;

/**
 * SHA-256 over a whole file while its chunks come. What comes in order is hashed as it comes; what a
 * gap or another process had left behind is read back from the spool, a little with every chunk.
 */
export class WholeHash {
  readonly #manifest: Manifest;
  readonly #file: SpoolFile;
  readonly #hash: Hash = createHash('sha256');
  #next = 0;
  #buffer: Buffer | undefined;

  constructor(manifest: Manifest, file: SpoolFile) {
    this.#manifest = manifest;
    this.#file = file;
  }

  /** The first chunk that was not hashed yet. */
  get next(): number {
    return this.#next;
  }

  /** Takes a chunk; `isThere` tells which others are in the spool. */
  async offer(
    index: number,
    content: Uint8Array,
    isThere: (index: number) => boolean,
  ): Promise<void> {
    for (let read = 0; read < CATCH_UP && this.#next < index && isThere(this.#next); read++) {
      await this.#readBack();
    }
    if (this.#next !== index) return;
    this.#hash.update(content);
    this.#next++;
  }

  /** The digest of the whole, all of whose chunks are in the spool, as 64 hexadecimal digits. */
  async digest(): Promise<string> {
    while (this.#next < this.#manifest.count) await this.#readBack();
    return this.#hash.copy().digest('hex');
  }

  async #readBack(): Promise<void> {
    this.#buffer ??= Buffer.allocUnsafe(this.#manifest.chunkSize);
    const length = chunkLength(this.#manifest, this.#next);
    const piece = this.#buffer.subarray(0, length);
    const count = await this.#file.read(piece, this.#next * this.#manifest.chunkSize);
    this.#hash.update(piece.subarray(0, count));
    this.#next++;
  }
}
