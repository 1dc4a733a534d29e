import { type FSWatcher, watch } from 'node:fs';
import type { Connection } from '../../sqlite/connection.js';

/** How often the file is asked when nothing wakes this process, in milliseconds. */
const POLL_INTERVAL = 200;
const POLL_INTERVAL_UNWATCHED = 20;

/**
 * Notices commits to a database file, by this process (which says so) or by another. The operating
 * system's word on the write-ahead log wakes it; a slow poll stands behind that, and a faster one
 * where files cannot be watched. A check is one `PRAGMA data_version`, a few microseconds.
 */
export class ChangeSignal {
  readonly #connection: Connection;
  readonly #timer: NodeJS.Timeout;
  readonly #watcher: FSWatcher | undefined;
  readonly #waiting = new Set<() => void>();
  #version = 0;
  #checking = false;
  #closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#version = this.#read();
    this.#watcher = this.#watch();
    const interval = this.#watcher === undefined ? POLL_INTERVAL_UNWATCHED : POLL_INTERVAL;
    this.#timer = setInterval(() => {
      this.#check();
    }, interval);
  }

  /** Resolves at the next change, or after `timeout` milliseconds. */
  next(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeout);
      this.#waiting.add(wake);
    });
  }

  /** Wakes whoever waits: this process has changed something itself. */
  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.notify();
  }

  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(`${this.#connection.path}-wal`, () => {
        this.#checkSoon();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** A commit makes several events: one check after all that have come at once is enough. */
  #checkSoon(): void {
    if (this.#checking) return;
    this.#checking = true;
    setImmediate(() => {
      this.#checking = false;
      this.#check();
    });
  }

  #check(): void {
    if (this.#closed) return;
    const version = this.#read();
    if (version === this.#version) return;
    this.#version = version;
    this.notify();
  }

  /** A counter of other connections' commits; a failure counts as one, for the readers to meet. */
  #read(): number {
    try {
      return this.#connection.get('PRAGMA data_version')?.integer('data_version') ?? -1;
    } catch {
      return this.#version + 1;
    }
  }
}
