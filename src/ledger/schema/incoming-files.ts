import { SOURCE } from './source.js';

/** Large payloads on their way in. */
export const INCOMING_FILES = `
-- A payload that a manifest announced, until all of its chunks are there.
CREATE TABLE incoming_files (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  sender          TEXT NOT NULL,
  id              TEXT NOT NULL,
  digest          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  type            TEXT,
  correlation_id  TEXT,
  signer          TEXT NOT NULL,
  header          TEXT NOT NULL,
  file_id         BLOB NOT NULL,
  size            INTEGER NOT NULL,
  count           INTEGER NOT NULL,
  received        INTEGER NOT NULL DEFAULT 0,
  chunks          BLOB NOT NULL, -- a bit for each chunk on the disk, the lowest of byte 0 for chunk 0
  begun_at        INTEGER NOT NULL,
  moved_at        INTEGER NOT NULL,
  expires_at      INTEGER,
  ${SOURCE},
  sealed          BLOB NOT NULL,
  UNIQUE (sender, id)
) STRICT;
CREATE INDEX incoming_files_file_id ON incoming_files (file_id);

-- The payloads of received messages that lie in the spool, by their numbers in the inbox.
CREATE TABLE spooled (
  number  INTEGER PRIMARY KEY REFERENCES inbox ON DELETE CASCADE,
  file    TEXT NOT NULL
) STRICT;

-- The files that have come as a whole, so that their chunks are known when they come again.
CREATE TABLE whole_files (
  file_id  BLOB NOT NULL,
  number   INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  PRIMARY KEY (file_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX whole_files_number ON whole_files (number);

-- Chunks of files that no known manifest announced: counted, not kept.
CREATE TABLE orphan_chunks (
  file_id  BLOB PRIMARY KEY,
  chunks   INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_chunks_last_at ON orphan_chunks (last_at);
`;
