import { SOURCE } from './source.js';

/** What came in, how far each partition was read, and who delivers what. */
export const INBOX = `
CREATE TABLE positions (
  cluster_id   TEXT NOT NULL,
  topic        TEXT NOT NULL,
  topic_id     TEXT NOT NULL,
  partition    INTEGER NOT NULL,
  next_offset  INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (cluster_id, topic, topic_id, partition)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  sender          TEXT NOT NULL,
  id              TEXT NOT NULL,
  digest          TEXT NOT NULL,
  kind            TEXT NOT NULL,
  type            TEXT,
  correlation_id  TEXT,
  signer          TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN
                    ('received', 'delivering', 'awaited', 'unpacked', 'done', 'quarantined')),
  received_at     INTEGER NOT NULL,
  done_at         INTEGER,
  attempts        INTEGER NOT NULL DEFAULT 0,
  spared          INTEGER NOT NULL DEFAULT 0, -- attempts before the last retry from quarantine
  duplicates      INTEGER NOT NULL DEFAULT 0,
  sink_note       TEXT,
  header          TEXT NOT NULL,
  ${SOURCE},
  UNIQUE (sender, id)
) STRICT;
CREATE INDEX inbox_id ON inbox (id);
CREATE INDEX inbox_received_at ON inbox (received_at);
CREATE INDEX inbox_sender_received_at ON inbox (sender, received_at);
CREATE INDEX inbox_correlation_id ON inbox (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX inbox_pending ON inbox (sender, number) WHERE state IN ('received', 'delivering');
CREATE INDEX inbox_state_received_at ON inbox (state, received_at);

CREATE TABLE inbox_sealed (
  number  INTEGER PRIMARY KEY REFERENCES inbox ON DELETE CASCADE,
  sealed  BLOB NOT NULL
) STRICT;

-- A sender's lane is taken while a row stands here and its lease has not run out.
CREATE TABLE lanes (
  sender       TEXT PRIMARY KEY,
  owner        TEXT NOT NULL,
  number       INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  lease_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A sender's lane waits before it is tried again while a row stands here and its time has not come.
CREATE TABLE blocked_lanes (
  sender    TEXT PRIMARY KEY,
  owner     TEXT NOT NULL, -- who met the failure
  until     INTEGER NOT NULL,
  failures  INTEGER NOT NULL, -- one after the other
  since     INTEGER NOT NULL,
  code      TEXT NOT NULL,
  detail    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
