import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RandomSource } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import { Connection } from '../../sqlite/connection.js';
import { migrate } from '../../sqlite/migrate.js';
import { LogStore } from './log-store.js';
import { logSchema } from './schema.js';

/** What a log file is opened with. */
export interface LogFileOptions {
  readonly path: string;
  readonly random: RandomSource;
  readonly busyTimeout?: number;
}

/**
 * The file under an embedded log: opened at the first use, and again when another file has taken its
 * place, so that nothing is ever acknowledged into a file that was deleted.
 */
export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  readonly #connections: Connection[] = [];
  #open: { store: LogStore; inode: string } | undefined;
  #closed = false;

  constructor(options: LogFileOptions) {
    this.path = resolve(options.path);
    this.#options = options;
  }

  /**
   * The log as it is now.
   *
   * @throws MsgError `not-found` when there is no file, unless it is to be created.
   */
  store({ create = false } = {}): LogStore {
    if (this.#closed) throw new MsgError('bug', `the log ${this.path} has been closed`);
    const inode = inodeOf(this.path);
    if (this.#open !== undefined && this.#open.inode === inode) return this.#open.store;
    if (inode === undefined && !create) {
      throw new MsgError('not-found', `no log at ${this.path}`, {
        hint: 'check the path after file:, or create it with "msg inbox create"',
      });
    }
    return this.#reopen();
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.close();
  }

  #reopen(): LogStore {
    const { random, busyTimeout } = this.#options;
    const connection = new Connection({
      path: this.path,
      what: `the log ${this.path}`,
      busy: 'broker-unreachable',
      ...(busyTimeout === undefined ? {} : { busyTimeout }),
    });
    // A connection to a replaced file stays open for the subscriptions that still look into it.
    this.#connections.push(connection);
    migrate(connection, logSchema(random));
    const store = new LogStore(connection);
    this.#open = { store, inode: inodeOf(this.path) ?? '' };
    return store;
  }
}

function inodeOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}
