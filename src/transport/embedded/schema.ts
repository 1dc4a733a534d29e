import type { RandomSource } from '../../domain/environment.js';
import { newUuid } from '../../domain/uuid.js';
import type { Schema } from '../../sqlite/migrate.js';

const TABLES = `
CREATE TABLE log (cluster_id TEXT NOT NULL) STRICT;

CREATE TABLE topics (
  number     INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  topic_id   TEXT NOT NULL UNIQUE,
  retention  INTEGER NOT NULL
) STRICT;

CREATE TABLE partitions (
  number     INTEGER PRIMARY KEY,
  topic      INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
  partition  INTEGER NOT NULL,
  low        INTEGER NOT NULL DEFAULT 0,
  high       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (topic, partition)
) STRICT;

-- The value comes last, so that the other columns are read without walking through it.
CREATE TABLE records (
  partition    INTEGER NOT NULL REFERENCES partitions ON DELETE CASCADE,
  offset       INTEGER NOT NULL,
  appended_at  INTEGER NOT NULL,
  key          TEXT NOT NULL,
  headers      TEXT NOT NULL,
  value        BLOB NOT NULL,
  UNIQUE (partition, offset)
) STRICT;

CREATE TABLE positions (
  group_name    TEXT NOT NULL,
  partition     INTEGER NOT NULL REFERENCES partitions ON DELETE CASCADE,
  committed     INTEGER NOT NULL,
  metadata      TEXT NOT NULL,
  committed_at  INTEGER NOT NULL,
  PRIMARY KEY (group_name, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  group_name  TEXT NOT NULL,
  topic       INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
  process     TEXT NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE leases (
  group_name  TEXT NOT NULL,
  partition   INTEGER NOT NULL REFERENCES partitions ON DELETE CASCADE,
  member      INTEGER NOT NULL REFERENCES members ON DELETE CASCADE,
  PRIMARY KEY (group_name, partition)
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_member ON leases (member);
`;

/** The file format of the embedded log; `random` gives a new file its cluster id. */
export function logSchema(random: RandomSource): Schema {
  return {
    name: 'log',
    applicationId: 0x6d73674c,
    migrations: [() => TABLES],
    seed: (connection) => {
      connection.run('INSERT INTO log (cluster_id) VALUES (?)', newUuid(random));
    },
  };
}
