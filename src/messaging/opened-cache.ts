import type { Opened } from '../envelope/types.js';

/** Opened messages between receipt and delivery, so that each is decrypted once in the usual case. */
export class OpenedCache {
  readonly #entries = new Map<string, Opened>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit how many payload bytes are kept at most. */
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
}
