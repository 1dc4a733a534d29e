/** What batches have sent, so that a second run sends only what is new. */
export const BATCHES = `
-- A batch runs in one process at a time: the row's owner, while its lease has not run out.
CREATE TABLE batch_runs (
  source       TEXT PRIMARY KEY, -- the real path of a directory or a manifest
  owner        TEXT NOT NULL,
  lease_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE batch_items (
  source      TEXT NOT NULL,
  path        TEXT NOT NULL,
  target      TEXT NOT NULL, -- what makes two sends of one content different: recipients, type, name
  sha256      TEXT NOT NULL, -- of the content
  size        INTEGER NOT NULL,
  mtime_ns    INTEGER NOT NULL,
  inode       INTEGER NOT NULL,
  message_id  TEXT NOT NULL,
  state       TEXT NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'sent')),
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (source, path, target, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_items_message ON batch_items (message_id);
`;
