/** What messages that ask for receipts are answered with. */
export const ANSWERS = `
-- What a receipt says, from the message that asks for it: needed until the last one has been given.
CREATE TABLE receipt_requests (
  sender          TEXT NOT NULL,
  id              TEXT NOT NULL,
  digest          TEXT NOT NULL,
  wants           TEXT NOT NULL, -- a JSON array of received, processed
  correlation_id  TEXT,
  content         BLOB NOT NULL, -- DER of the Receipt
  msg_sig_digest  BLOB NOT NULL, -- DER of the attribute
  PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;

-- Made with the change of state that it is about. Owed while no row of the outbox holds its bytes.
CREATE TABLE answers (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  sender          TEXT NOT NULL,
  id              TEXT NOT NULL,
  digest          TEXT NOT NULL,
  says            TEXT NOT NULL CHECK (says IN ('received', 'processed', 'rejected')),
  reason          TEXT,
  detail          TEXT,
  correlation_id  TEXT,
  answer          TEXT UNIQUE, -- its own id in the outbox
  made_at         INTEGER NOT NULL,
  tries           INTEGER NOT NULL DEFAULT 0,
  retry_at        INTEGER NOT NULL DEFAULT 0,
  repeats         INTEGER NOT NULL DEFAULT 0,
  repeated_at     INTEGER,
  UNIQUE (sender, id, digest, says)
) STRICT;
CREATE INDEX answers_owed ON answers (retry_at) WHERE answer IS NULL;
CREATE INDEX answers_repeated ON answers (sender, repeated_at) WHERE repeated_at IS NOT NULL;
CREATE INDEX answers_made_at ON answers (made_at);
`;
