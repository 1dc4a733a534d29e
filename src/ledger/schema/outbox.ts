/** What goes out, and how far it has come. */
export const OUTBOX = `
CREATE TABLE outbox (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  digest          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  type            TEXT,
  correlation_id  TEXT,
  signer          TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER,
  header          TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX outbox_correlation_id ON outbox (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE TABLE outbox_sealed (
  number    INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE,
  sealed    BLOB NOT NULL
) STRICT;

-- With it the author can open the sealed bytes again, until they have been sent. It stands apart from them
-- since SQLite writes the whole of a row that becomes shorter anew.
CREATE TABLE outbox_own_infos (
  number    INTEGER PRIMARY KEY REFERENCES outbox_sealed ON DELETE CASCADE,
  own_info  BLOB NOT NULL -- a CMS RecipientInfo
) STRICT;

CREATE TABLE deliveries (
  message          INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE,
  recipient        TEXT NOT NULL,
  topic            TEXT NOT NULL,
  lane             TEXT NOT NULL, -- 'answers' or 'messages': what waits for what
  state            TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
                     ('queued', 'publishing', 'sent', 'failed', 'expired', 'cancelled')),
  attempts         INTEGER NOT NULL DEFAULT 0,
  uncertain        INTEGER NOT NULL DEFAULT 0, -- 1 after a publish whose outcome is unknown
  next_attempt_at  INTEGER NOT NULL DEFAULT 0,
  owner            TEXT, -- who publishes it, while its state is 'publishing'
  lease_until      INTEGER,
  partition        INTEGER,
  offset           INTEGER,
  sent_at          INTEGER,
  error            TEXT,
  PRIMARY KEY (message, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_recipient ON deliveries (recipient, message);
CREATE INDEX deliveries_state ON deliveries (state, message);
CREATE INDEX deliveries_pending ON deliveries (lane, recipient, message)
  WHERE state IN ('queued', 'publishing');
`;
