import type { Manifest } from '../envelope/manifest.js';
import type { IncomingFile } from '../ledger/port.js';
import type { Spool, SpoolFile } from '../spool/spool.js';
import { WholeHash } from './whole-hash.js';

/** The name in the spool of a file that is being received: its own for ever. */
export function spoolNameOf({ id, number }: Pick<IncomingFile, 'id' | 'number'>): string {
  return `${id}.${number}.part`;
}

/** A large payload with some of its chunks in the spool. */
export class FileBeingReceived {
  readonly manifest: Manifest;
  readonly name: string;
  readonly #file: SpoolFile;
  readonly #hash: WholeHash;
  readonly #writes: Promise<void>[] = [];
  #row: IncomingFile;
  #chunks: Buffer;
  #missing: number;

  private constructor(row: IncomingFile, manifest: Manifest, file: SpoolFile) {
    this.manifest = manifest;
    this.name = spoolNameOf(row);
    this.#file = file;
    this.#hash = new WholeHash(manifest, file);
    this.#row = row;
    this.#chunks = Buffer.from(row.chunks);
    this.#missing = row.count - row.received;
  }

  /** Opens the file in the spool; undefined when it should be there and is not. */
  static async open(
    row: IncomingFile,
    manifest: Manifest,
    spool: Spool,
  ): Promise<FileBeingReceived | undefined> {
    const file = await spool.open(spoolNameOf(row), { isNew: row.received === 0 });
    return file && new FileBeingReceived(row, manifest, file);
  }

  get number(): number {
    return this.#row.number;
  }

  /** The ledger's row of the file, as it was when the file was last looked up. */
  get row(): IncomingFile {
    return this.#row;
  }

  get isWhole(): boolean {
    return this.#missing === 0;
  }

  /** How many of the payload's bytes have come. */
  get bytes(): number {
    const { size, count, chunkSize } = this.manifest;
    const isLastThere = this.has(count - 1);
    const whole = count - this.#missing - (isLastThere ? 1 : 0);
    return whole * chunkSize + (isLastThere ? size - chunkSize * (count - 1) : 0);
  }

  has(index: number): boolean {
    return ((this.#chunks[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Takes over what the ledger says now. */
  refresh(row: IncomingFile): void {
    this.#row = row;
    this.#chunks = Buffer.from(row.chunks);
    this.#missing = row.count - row.received;
  }

  /**
   * Takes a chunk that was not there; it is being written when this resolves. After a failure nothing
   * of this object holds any more: the ledger knows what is on the disk.
   */
  async put(index: number, content: Uint8Array): Promise<void> {
    if (this.#hash.next < index) await this.#written();
    const write = this.#file.write(content, index * this.manifest.chunkSize);
    this.#writes.push(write);
    // Whoever waits for all of them hears of the failure; until then it must not end the process.
    write.catch(() => undefined);
    await this.#hash.offer(index, content, (one) => this.has(one));
    this.#chunks[index >> 3] = (this.#chunks[index >> 3] ?? 0) | (1 << (index & 7));
    this.#missing--;
  }

  /** SHA-256 of the whole, all of whose chunks are there. */
  async digest(): Promise<string> {
    await this.#written();
    return this.#hash.digest();
  }

  /** Everything put is on the disk when this resolves. @throws MsgError `disk-full`. */
  async sync(): Promise<void> {
    await this.#written();
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.#file.close();
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writes);
    this.#writes.length = 0;
  }
}
