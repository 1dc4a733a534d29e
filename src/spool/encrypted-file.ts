import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { SpoolFile } from './spool.js';

/** So many bytes of content are encrypted together. */
const BLOCK = 900 * 1024;
const CIPHER = 'aes-256-gcm';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** How long the key of an encrypted file is, in bytes; each has one of its own. */
export const SPOOL_KEY_LENGTH = 32;

/**
 * Writes a file of the spool that only the holder of its key can read: blocks of AES-256-GCM, each
 * under its number as the nonce. A key is used for one file, which is written once.
 */
export class EncryptedWriter {
  readonly #file: SpoolFile;
  readonly #key: Uint8Array;
  readonly #block = Buffer.allocUnsafe(BLOCK);
  #filled = 0;
  #blocks = 0;

  constructor(file: SpoolFile, key: Uint8Array) {
    this.#file = file;
    this.#key = key;
  }

  /** Takes the next bytes. @throws MsgError `disk-full`. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bytes.length - done, BLOCK - this.#filled);
      this.#block.set(bytes.subarray(done, done + count), this.#filled);
      this.#filled += count;
      done += count;
      if (this.#filled === BLOCK) await this.#flush();
    }
  }

  /** Writes what is left; everything is on the disk when this resolves. @throws MsgError `disk-full`. */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#file.sync();
  }

  async #flush(): Promise<void> {
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(this.#blocks));
    const encrypted = cipher.update(this.#block.subarray(0, this.#filled));
    cipher.final();
    const sealed = Buffer.concat([encrypted, cipher.getAuthTag()]);
    await this.#file.write(sealed, this.#blocks * (BLOCK + TAG_LENGTH));
    this.#filled = 0;
    this.#blocks++;
  }
}

/** Reads what {@link EncryptedWriter} wrote, from anywhere. */
export class EncryptedReader {
  readonly #file: SpoolFile;
  readonly #key: Uint8Array;
  readonly #sealed = Buffer.allocUnsafe(BLOCK + TAG_LENGTH);
  #block: Buffer = Buffer.alloc(0);
  #number = -1;

  constructor(file: SpoolFile, key: Uint8Array) {
    this.#file = file;
    this.#key = key;
  }

  /**
   * Reads into a buffer, which it fills unless the content ends before; says how many bytes it read.
   *
   * @throws Error when the file is not what was written.
   */
  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const at = position + done;
      const block = await this.#load(Math.floor(at / BLOCK));
      const piece = block.subarray(at % BLOCK, (at % BLOCK) + into.length - done);
      if (piece.length === 0) break;
      into.set(piece, done);
      done += piece.length;
    }
    return done;
  }

  async #load(number: number): Promise<Buffer> {
    if (number === this.#number) return this.#block;
    const count = await this.#file.read(this.#sealed, number * (BLOCK + TAG_LENGTH));
    const length = count - TAG_LENGTH;
    this.#block = length > 0 ? this.#open(number, length) : Buffer.alloc(0);
    this.#number = number;
    return this.#block;
  }

  #open(number: number, length: number): Buffer {
    const decipher = createDecipheriv(CIPHER, this.#key, nonceOf(number));
    decipher.setAuthTag(this.#sealed.subarray(length, length + TAG_LENGTH));
    const block = decipher.update(this.#sealed.subarray(0, length));
    decipher.final();
    return block;
  }
}

function nonceOf(block: number): Buffer {
  const nonce = Buffer.alloc(NONCE_LENGTH);
  nonce.writeUIntBE(block, NONCE_LENGTH - 6, 6);
  return nonce;
}
