import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/** One line of a sender's journal. */
export type JournalLine =
  /** A message is about to be sent; its payload as text. */
  | { readonly event: 'begin'; readonly id: string; readonly payload: string }
  /** The log has it. */
  | { readonly event: 'sent'; readonly id: string }
  /** An attempt failed; it is repeated under the same id. */
  | { readonly event: 'failed'; readonly id: string; readonly code: string };

/** Reads a journal from its beginning. */
export function readJournal(path: string): readonly JournalLine[] {
  return linesOf(existsSync(path) ? readFileSync(path, 'utf8') : '') as JournalLine[];
}

/** Follows a file of JSON lines that another process writes. */
export class JsonLineReader {
  readonly #path: string;
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole lines that were written since the last call. */
  read(): readonly unknown[] {
    return linesOf(this.#next());
  }

  /** How many lines were written since the last call. */
  count(): number {
    return this.#next().split('\n').length - 1;
  }

  #next(): string {
    const size = existsSync(this.#path) ? statSync(this.#path).size : 0;
    if (size === this.#offset) return '';
    const bytes = Buffer.alloc(size - this.#offset);
    const file = openSync(this.#path, 'r');
    try {
      const length = readSync(file, bytes, 0, bytes.length, this.#offset);
      this.#offset += length;
      const text = this.#rest + bytes.subarray(0, length).toString('utf8');
      const end = text.lastIndexOf('\n') + 1;
      this.#rest = text.slice(end);
      return text.slice(0, end);
    } finally {
      closeSync(file);
    }
  }
}

function linesOf(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
