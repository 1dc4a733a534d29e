import type LibsqlDatabase from 'libsql';
import { isBusy } from './failure.js';
import { loadAsyncLibsql, loadLibsql } from './load-libsql.js';

/** An open SQLite database with better-sqlite3's synchronous interface. */
export type Database = LibsqlDatabase.Database;

/** How a database is written. */
export interface WriteOptions {
  /** For how long a call waits for another process's transaction, in milliseconds; 10 seconds where absent. */
  readonly busyTimeout?: number | undefined;
  /** FULL: every commit is on the disk before it returns. NORMAL: somebody else sees to that. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

/** For how long a call waits for another process's transaction, in milliseconds, unless it is told. */
const BUSY_TIMEOUT = 10_000;

/** How often what nobody announces is tried again, in milliseconds. */
const TRY_EVERY = 10;

/** Opens a SQLite file (it is created when absent) for several processes at once, with a WAL. */
export function openDatabase(path: string, { busyTimeout, synchronous }: WriteOptions): Database {
  const database = open(path, busyTimeout);
  keepWriteAheadLog(database, busyTimeout);
  database.pragma(`synchronous = ${synchronous}`);
  database.pragma('foreign_keys = ON');
  return database;
}

/**
 * A file that was just made is turned to a WAL by whoever comes first. SQLite waits for nobody there, as
 * two who read it and want to change it would wait for each other: it leaves that to its caller
 * (https://www.sqlite.org/c3ref/busy_handler.html).
 */
function keepWriteAheadLog(database: Database, busyTimeout = BUSY_TIMEOUT): void {
  const end = performance.now() + busyTimeout;
  for (;;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_EVERY);
    }
  }
}

/** Opens a SQLite file that is there, for reading: every statement that would change it fails. */
export function openDatabaseToRead(path: string, busyTimeout?: number): Database {
  const database = open(path, busyTimeout);
  database.pragma('query_only = ON');
  return database;
}

/** An open SQLite database whose statements run in another thread. */
export interface AsyncDatabase {
  exec(sql: string): Promise<unknown>;
  close(): void;
}

type AsyncConstructor = new (path: string, options: { timeout: number }) => AsyncDatabase;

/** Opens a SQLite file once more that is open already. */
export function openDatabaseBeside(path: string, busyTimeout = BUSY_TIMEOUT): AsyncDatabase {
  const Constructor = withoutReport(loadAsyncLibsql) as AsyncConstructor;
  return new Constructor(path, { timeout: busyTimeout });
}

function open(path: string, busyTimeout = BUSY_TIMEOUT): Database {
  const Constructor = withoutReport(loadLibsql) as typeof LibsqlDatabase;
  return new Constructor(path, { timeout: busyTimeout });
}

/**
 * To learn which C library there is, libsql's loader first asks Node for a whole diagnostic report:
 * 13 ms and more in every process. Without an answer it looks at the executable, which tells as much.
 */
function withoutReport<T>(load: () => T): T {
  const { report } = process;
  const getReport = report.getReport.bind(report);
  report.getReport = () => ({});
  try {
    return load();
  } finally {
    report.getReport = getReport;
  }
}
