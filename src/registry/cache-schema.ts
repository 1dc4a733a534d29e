import type { Schema } from '../sqlite/migrate.js';

/**
 * The address book's cache: what the chain said, for each directory by chain id and address. 64-bit
 * counters of a node are kept as text, since SQLite's integers are signed.
 */
export const CACHE_SCHEMA: Schema = {
  name: 'address book',
  applicationId: 0x6d736764,
  migrations: [
    () => `CREATE TABLE directory (
       number INTEGER PRIMARY KEY,
       chain_id TEXT NOT NULL,
       address TEXT NOT NULL,
       genesis TEXT NOT NULL,
       seq TEXT NOT NULL,
       head TEXT NOT NULL,
       block TEXT NOT NULL,
       block_hash TEXT NOT NULL,
       block_time INTEGER NOT NULL,
       frozen INTEGER NOT NULL,
       successor TEXT,
       checked_at INTEGER NOT NULL,
       UNIQUE (chain_id, address)
     ) STRICT;
     CREATE TABLE peer (
       directory INTEGER NOT NULL REFERENCES directory (number) ON DELETE CASCADE,
       name TEXT NOT NULL,
       id TEXT NOT NULL,
       status TEXT NOT NULL,
       owner TEXT NOT NULL,
       operator TEXT,
       guardian TEXT,
       pending TEXT NOT NULL,
       seq TEXT NOT NULL,
       block TEXT NOT NULL,
       profile BLOB NOT NULL,
       PRIMARY KEY (directory, name),
       UNIQUE (directory, id)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE certificate (
       directory INTEGER NOT NULL,
       name TEXT NOT NULL,
       version INTEGER NOT NULL,
       fingerprint TEXT NOT NULL,
       owner TEXT NOT NULL,
       published_at INTEGER NOT NULL,
       revoked_at INTEGER,
       reason INTEGER NOT NULL,
       leaf BLOB NOT NULL,
       chain BLOB NOT NULL,
       proof BLOB NOT NULL,
       PRIMARY KEY (directory, name, version),
       FOREIGN KEY (directory, name) REFERENCES peer (directory, name) ON DELETE CASCADE
     ) STRICT;
     CREATE INDEX certificate_by_fingerprint ON certificate (directory, fingerprint);`,
  ],
  seed: () => undefined,
};
