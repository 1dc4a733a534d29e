/** What goes out, and how far it has come. */
export const OUTBOX = `
CREATE TABLE outbox (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  digest          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  type            TEXT,
  correlation_id  TEXT,
  created_at      INTEGER NOT NULL,
  header          TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX outbox_correlation_id ON outbox (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE TABLE outbox_sealed (
  number  INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE,
  sealed  BLOB NOT NULL
) STRICT;

CREATE TABLE deliveries (
  message    INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
  recipient  TEXT NOT NULL,
  topic      TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'queued'
             CHECK (state IN ('queued', 'publishing', 'sent', 'failed')),
  attempts   INTEGER NOT NULL DEFAULT 0,
  uncertain  INTEGER NOT NULL DEFAULT 0, -- 1 after a publish whose outcome is unknown
  partition  INTEGER,
  offset     INTEGER,
  sent_at    INTEGER,
  error      TEXT,
  PRIMARY KEY (message, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_recipient ON deliveries (recipient, message);
CREATE INDEX deliveries_state ON deliveries (state, message);

CREATE TABLE sequences (
  recipient  TEXT PRIMARY KEY,
  last       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
