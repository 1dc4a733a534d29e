import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { type FailureNames, sqliteFailure } from './failure.js';
import { GroupCommit } from './group-commit.js';
import { type Database, openDatabase, openDatabaseToRead } from './open.js';
import { Row } from './row.js';

/** What may be bound to a `?`. Numbers are integers; undefined becomes NULL. */
export type Bindable = string | number | bigint | Uint8Array | undefined;

/** How to open a database file. */
export interface ConnectionOptions extends FailureNames {
  readonly path: string;
  /** Permissions of a file made now; SQLite gives the same to its companions `-wal` and `-shm`. */
  readonly mode?: number;
  /** For how long a call waits for another process's transaction, in milliseconds. */
  readonly busyTimeout?: number;
  /** The file has to be there, and nothing in it can be changed. */
  readonly readOnly?: boolean;
  /** Commits return before they are on the disk; {@link Connection.durable} says when they are. */
  readonly groupCommit?: boolean;
}

/**
 * From so many pages of the log on a commit copies them into the database. Whoever opens the file when
 * nobody has it open reads the log from its beginning: the many processes that commit a few times each,
 * as `msg send` does, keep it short for one another, at a checkpoint for a dozen of them. Who commits
 * often waits for fewer, with as long a log as SQLite's own rule allows.
 */
const LOG_PAGES = { brief: 128, busy: 1000 };

/** So many commits are not those of a brief process. */
const MANY_COMMITS = 16;

type Statement = ReturnType<Database['prepare']>;

/** A prepared statement that reads, with the names of its columns. */
interface Reader {
  readonly statement: Statement;
  readonly columns: ReadonlyMap<string, number>;
}

/**
 * Makes the file, or checks that one which is there can be written. That one is not opened: closing
 * it would take back all locks that other connections of this process hold on it (POSIX), and another
 * process would remove the write-ahead log under them.
 */
function makeFile(path: string, mode: number): void {
  try {
    closeSync(openSync(path, 'wx', mode));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}

/**
 * A connection that keeps its prepared statements, reads rows by type, and throws MsgErrors. It
 * steers clear of what libsql 0.5.29 does differently from better-sqlite3: it aborts the process on
 * missing named parameters, on booleans and on a statement after the end, gives BLOBs as ArrayBuffer from `all()` unless raw, binds
 * numbers as REAL, cuts text at NUL, never resets a statement that met a lock, and its `transaction()`
 * hides the error of a failed commit behind that of the rollback.
 */
export class Connection {
  readonly path: string;
  readonly #database: Database;
  readonly #names: FailureNames;
  readonly #group: GroupCommit | undefined;
  readonly #writers = new Map<string, Statement>();
  readonly #readers = new Map<string, Reader>();
  #isClosed = false;
  #logPages = LOG_PAGES.busy;

  constructor(options: ConnectionOptions) {
    const { path, mode = 0o666, busyTimeout, what, busy } = options;
    this.path = path;
    this.#names = { what, busy };
    const { groupCommit = false } = options;
    this.#group = groupCommit ? new GroupCommit(path, what) : undefined;
    this.#database = this.#guarded(() => {
      if (options.readOnly === true) {
        accessSync(path, constants.R_OK);
        return openDatabaseToRead(path, busyTimeout);
      }
      makeDirectory(dirname(path), 0o700);
      makeFile(path, mode);
      return openDatabase(path, { busyTimeout, synchronous: groupCommit ? 'NORMAL' : 'FULL' });
    });
    if (groupCommit) this.keepLog(LOG_PAGES.brief);
  }

  /** Runs statements that take no parameters and give no rows. */
  exec(sql: string): void {
    this.#guarded(() => this.#database.exec(sql));
  }

  /** Runs one statement and says how many rows it changed; alone, it is a transaction. */
  run(sql: string, ...parameters: readonly Bindable[]): number {
    this.#refuseClosed();
    // Were it to meet a lock by itself, libsql would leave it half begun, and no later commit succeeds.
    if (!this.#database.inTransaction) return this.transaction(() => this.run(sql, ...parameters));
    return this.#guarded(() => {
      let statement = this.#writers.get(sql);
      if (statement === undefined) {
        statement = this.#database.prepare(sql);
        this.#writers.set(sql, statement);
      }
      return statement.run(parameters.map(bound)).changes;
    });
  }

  /** The first row, if there is one. What also writes (RETURNING) belongs into a transaction. */
  get(sql: string, ...parameters: readonly Bindable[]): Row | undefined {
    return this.all(sql, ...parameters)[0];
  }

  /** All rows; see {@link Connection.get}. */
  all(sql: string, ...parameters: readonly Bindable[]): readonly Row[] {
    return this.#guarded(() => {
      const { statement, columns } = this.#reader(sql);
      return statement
        .all(parameters.map(bound))
        .map((values) => new Row(columns, Array.isArray(values) ? (values as unknown[]) : []));
    });
  }

  /**
   * Runs the work in one transaction that holds the write lock from its start; all of it is kept when
   * this returns, or none of it ever. It is on the disk then, too, but for a `groupCommit`. Transactions
   * do not nest.
   */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    let result: T;
    try {
      result = work();
      this.exec('COMMIT');
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second rollback would hide the reason.
      if (this.#database.inTransaction) this.exec('ROLLBACK');
      throw error;
    }
    this.#noteCommit();
    return result;
  }

  /** Has commits copy the write-ahead log into the database only once it has so many pages. */
  keepLog(pages: number): void {
    this.#logPages = pages;
    this.exec(`PRAGMA wal_autocheckpoint = ${pages}`);
  }

  /** How many transactions have been committed. */
  get commits(): number {
    return this.#group?.commits ?? 0;
  }

  /**
   * Resolves once everything committed before the call is on the disk.
   *
   * @throws MsgError `config` when the disk has failed: whether it kept what was written is unknown.
   */
  async durable(): Promise<void> {
    await this.#group?.reached();
  }

  /** Closes; afterwards every call fails. */
  close(): void {
    this.#isClosed = true;
    this.#group?.close();
    this.#writers.clear();
    this.#readers.clear();
    if (this.#database.open) this.#database.close();
  }

  #noteCommit(): void {
    this.#group?.note();
    const isBusy = this.commits > MANY_COMMITS && this.#logPages === LOG_PAGES.brief;
    if (isBusy) this.keepLog(LOG_PAGES.busy);
  }

  #reader(sql: string): Reader {
    const known = this.#readers.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql).safeIntegers(true).raw(true);
    const columns = new Map(statement.columns().map(({ name }, index) => [name, index]));
    const reader = { statement, columns };
    this.#readers.set(sql, reader);
    return reader;
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new MsgError('bug', `${this.path} is used after it was closed`);
  }

  #guarded<T>(work: () => T): T {
    this.#refuseClosed();
    try {
      return work();
    } catch (error) {
      throw sqliteFailure(error, this.#names);
    }
  }
}

function bound(value: Bindable): string | bigint | Uint8Array | null {
  if (value === undefined) return null;
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
