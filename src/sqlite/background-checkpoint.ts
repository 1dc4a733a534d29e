import type { Connection } from './connection.js';
import { type AsyncDatabase, openDatabaseBeside } from './open.js';

/** So many bytes are worth a checkpoint, which ends with two fsyncs. */
const WORTH_COPYING = 3 * 1024 * 1024;

/** From so many pages of the log on a commit copies them itself: 16 MiB, where SQLite would have 4. */
const MOST_PAGES = 4000;

/**
 * Copies what was committed from the write-ahead log into the database in another thread, for those who
 * write much: with SQLite's own checkpoints, whoever commits waits for that. It is passive, so that nobody
 * waits for it either (https://www.sqlite.org/pragma.html#pragma_wal_checkpoint), and nothing depends on
 * it: what it does not copy a commit does, once the log is long.
 */
export class BackgroundCheckpoint {
  readonly #connection: Connection;
  #database: AsyncDatabase | undefined;
  #written = 0;
  #running: Promise<void> | undefined;

  /** @param connection the one that writes. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** So many bytes were committed. */
  wrote(bytes: number): void {
    this.#written += bytes;
    if (this.#written < WORTH_COPYING || this.#running !== undefined) return;
    this.#written = 0;
    this.#running = this.#checkpoint()
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Ends when nothing is under way any more; to be called before the connection is closed. */
  async close(): Promise<void> {
    await this.#running;
    this.#database?.close();
    this.#database = undefined;
  }

  async #checkpoint(): Promise<void> {
    const database = this.#database ?? (await this.#open());
    await database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  async #open(): Promise<AsyncDatabase> {
    const database = openDatabaseBeside(this.#connection.path);
    await database.exec('PRAGMA synchronous = FULL');
    this.#connection.keepLog(MOST_PAGES);
    this.#database = database;
    return database;
  }
}
