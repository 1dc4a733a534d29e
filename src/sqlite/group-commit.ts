import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { syncFailure } from './failure.js';

/** Puts what was written to a file on the disk. */
export type Sync = (descriptor: number) => Promise<void>;

/**
 * Puts the write-ahead log on the disk for everybody who has committed meanwhile, off the main thread:
 * what `synchronous=FULL` does for every commit by itself, while everything else waits.
 *
 * With `synchronous=NORMAL` SQLite itself still syncs the log's beginning, with the directory that the
 * file is in, and the log before each checkpoint (https://www.sqlite.org/wal.html, section 2.3). Nobody
 * locks the log itself, so that a descriptor of it may be opened and closed here (POSIX).
 */
export class GroupCommit {
  readonly #path: string;
  readonly #what: string;
  readonly #syncFile: Sync;
  #descriptor: number | undefined;
  #commits = 0;
  #onDisk = 0;
  #running: Promise<void> | undefined;
  /** What was not written may be lost without being missed, so nothing after it counts either. */
  #failure: Error | undefined;

  /** @param what the database's file as the operator knows it. */
  constructor(path: string, what: string, sync: Sync = promisify(fdatasync)) {
    this.#path = `${path}-wal`;
    this.#what = what;
    this.#syncFile = sync;
  }

  /** Something was committed. */
  note(): void {
    this.#commits++;
  }

  /** How many commits were noted. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Resolves once everything committed before the call is on the disk.
   *
   * @throws MsgError `config` once the disk has failed; whether it kept what was written is unknown.
   */
  async reached(): Promise<void> {
    const wanted = this.#commits;
    while (this.#onDisk < wanted) await (this.#running ??= this.#sync());
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  async #sync(): Promise<void> {
    const commits = this.#commits;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#descriptor ??= openSync(this.#path, 'r+');
      await this.#syncFile(this.#descriptor);
      this.#onDisk = commits;
    } catch (error) {
      this.#failure ??= syncFailure(error, this.#what);
      throw this.#failure;
    } finally {
      this.#running = undefined;
    }
  }
}
