import { createRequire } from 'node:module';
import type LibsqlDatabase from 'libsql';

/** An open SQLite database with better-sqlite3's synchronous interface. */
export type Database = LibsqlDatabase.Database;

const require = createRequire(import.meta.url);

/**
 * Opens a SQLite file (it is created when absent) for several processes at once, with every commit
 * on the disk before it returns: WAL and `synchronous=FULL`.
 *
 * @param busyTimeout for how long a call waits for another process's transaction, in milliseconds.
 */
export function openDatabase(path: string, busyTimeout = 10_000): Database {
  const Constructor = require('libsql') as typeof LibsqlDatabase;
  const database = new Constructor(path, { timeout: busyTimeout });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}
