import { createRequire } from 'node:module';
import type LibsqlDatabase from 'libsql';

/** An open SQLite database with better-sqlite3's synchronous interface. */
export type Database = LibsqlDatabase.Database;

const require = createRequire(import.meta.url);

/**
 * Opens a SQLite file (it is created when absent) for several processes at once, with every commit
 * on the disk before it returns: WAL and `synchronous=FULL`.
 */
export function openDatabase(path: string): Database {
  const Constructor = require('libsql') as typeof LibsqlDatabase;
  const database = new Constructor(path, { timeout: 10_000 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}
