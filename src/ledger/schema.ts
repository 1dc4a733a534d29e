import type { Clock, RandomSource } from '../domain/environment.js';
import { newUuid } from '../domain/uuid.js';
import type { Schema } from '../sqlite/migrate.js';

/** Where a record came from: the same columns wherever records are kept. */
const SOURCE = `
  cluster_id   TEXT NOT NULL,
  topic        TEXT NOT NULL,
  topic_id     TEXT NOT NULL, -- '' where the log has none
  partition    INTEGER NOT NULL,
  offset       INTEGER NOT NULL,
  appended_at  INTEGER NOT NULL`;

const VERSION_1 = `
CREATE TABLE ledger (
  id          TEXT NOT NULL,
  stream      TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;

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
  state           TEXT NOT NULL CHECK (state IN ('received', 'delivering', 'done', 'quarantined')),
  received_at     INTEGER NOT NULL,
  done_at         INTEGER,
  attempts        INTEGER NOT NULL DEFAULT 0,
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

CREATE TABLE quarantine (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  claimed_sender  TEXT,
  claimed_id      TEXT,
  reason          TEXT NOT NULL,
  detail          TEXT NOT NULL,
  quarantined_at  INTEGER NOT NULL,
  ${SOURCE},
  sealed          BLOB NOT NULL,
  UNIQUE (cluster_id, topic, topic_id, partition, offset)
) STRICT;

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

-- For operators with a SQLite shell: the whole history with readable times (UTC).
CREATE VIEW history AS
SELECT 'in' AS direction, number, strftime('%Y-%m-%dT%H:%M:%SZ', received_at / 1000, 'unixepoch') AS at,
       sender AS peer, kind, type, id, state, attempts, topic, partition, offset, sink_note AS note
FROM inbox
UNION ALL
SELECT 'out', o.number, strftime('%Y-%m-%dT%H:%M:%SZ', o.created_at / 1000, 'unixepoch'),
       d.recipient, o.kind, o.type, o.id, d.state, d.attempts, d.topic, d.partition, d.offset, d.error
FROM outbox o JOIN deliveries d ON d.message = o.number;

-- What still has to happen: messages to deliver here, and deliveries to make.
CREATE VIEW pending AS
SELECT * FROM history WHERE state IN ('received', 'delivering', 'queued', 'publishing');
`;

/** The ledger's file format; a new file gets its ids from `random`. */
export function ledgerSchema(clock: Clock, random: RandomSource): Schema {
  return {
    name: 'ledger',
    applicationId: 0x6d736731,
    migrations: [VERSION_1],
    seed: (connection) => {
      connection.run(
        'INSERT INTO ledger (id, stream, created_at) VALUES (?, ?, ?)',
        newUuid(random),
        newUuid(random),
        clock(),
      );
    },
  };
}
