/** Large payloads on their way out. */
export const OUTGOING_FILES = `
-- What a large message is read from, again and again, until every recipient has confirmed it.
CREATE TABLE sources (
  message    INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE,
  path       TEXT NOT NULL, -- absolute; a name within the spool where there is a key
  spool_key  BLOB,          -- opens a file of the spool; NULL for a file of the user's own
  size       INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  stamp      TEXT NOT NULL  -- what a file of the user's own was when it was hashed
) STRICT;

-- One recipient's manifest, and how much of the file is surely in the log.
CREATE TABLE outgoing_files (
  message       INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
  recipient     TEXT NOT NULL,
  count         INTEGER NOT NULL,
  next          INTEGER NOT NULL DEFAULT 0, -- records: the manifest, then the chunks
  partition     INTEGER,
  offset        INTEGER,                    -- of the manifest
  rounds        INTEGER NOT NULL DEFAULT 0, -- how often all of it was sent
  sent_at       INTEGER,
  confirmed_at  INTEGER,
  signer        TEXT NOT NULL,
  sealed        BLOB NOT NULL,
  own_info      BLOB,
  PRIMARY KEY (message, recipient)
) STRICT, WITHOUT ROWID;
`;
