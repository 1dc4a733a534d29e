import type { Opened } from '../envelope/types.js';

/** An opened batch, as far as its messages are cut out of it. */
type Batch = Pick<Opened, 'header' | 'payload'>;

/** Opened messages between receipt and delivery, so that each is decrypted once in the usual case. */
export class OpenedCache {
  readonly #entries = new Map<string, Opened>();
  readonly #limit: number;
  #bytes = 0;
  /** The batches that are being delivered, the one used last at the end. */
  readonly #lent = new Map<string, Batch>();
  #lentBytes = 0;

  /** @param limit how many payload bytes are kept at most, of what waits and again of what is lent. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  put(key: string, opened: Opened): void {
    if (this.#bytes + opened.payload.length > this.#limit || this.#entries.has(key)) return;
    this.#entries.set(key, opened);
    this.#bytes += opened.payload.length;
  }

  /** Takes an entry out. */
  take(key: string): Opened | undefined {
    const opened = this.#entries.get(key);
    if (opened === undefined) return undefined;
    this.#entries.delete(key);
    this.#bytes -= opened.payload.length;
    return opened;
  }

  /** A batch of which a message is wanted, and probably the next ones. */
  borrow(key: string): Batch | undefined {
    return this.#lent.get(key) ?? this.take(key);
  }

  /** Keeps a batch at hand; those used longest ago make room for it. */
  lend(key: string, { header, payload }: Batch): void {
    this.drop(key);
    this.#lent.set(key, { header, payload });
    this.#lentBytes += payload.length;
    for (const [oldest] of this.#lent) {
      if (this.#lentBytes <= this.#limit || oldest === key) return;
      this.drop(oldest);
    }
  }

  /** Nothing more is wanted of a batch. */
  drop(key: string): void {
    this.#lentBytes -= this.#lent.get(key)?.payload.length ?? 0;
    this.#lent.delete(key);
  }
}
