import { SOURCE } from './source.js';

/** What was refused for good, and what became of it since. */
export const QUARANTINE = `
CREATE TABLE quarantine (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  message         INTEGER REFERENCES inbox ON DELETE CASCADE, -- NULL where nobody verified the record
  item            TEXT NOT NULL DEFAULT '', -- the id, where it is about one message of a batch
  container       INTEGER REFERENCES inbox ON DELETE SET NULL, -- the batch, where that has the bytes
  lane            TEXT, -- name and certificate of who has to be judged first; NULL where it is refused
  claimed_sender  TEXT,
  claimed_id      TEXT,
  proven          INTEGER NOT NULL DEFAULT 0, -- 1 where the two are right
  reason          TEXT NOT NULL,
  detail          TEXT NOT NULL,
  quarantined_at  INTEGER NOT NULL,
  ${SOURCE},
  size            INTEGER NOT NULL, -- of the record's value, in bytes
  sha256          TEXT NOT NULL,    -- of the record's value
  resolution      TEXT CHECK (resolution IN ('retried', 'dropped')),
  resolved_at     INTEGER,
  UNIQUE (cluster_id, topic, topic_id, partition, offset, item)
) STRICT;
CREATE INDEX quarantine_open ON quarantine (number) WHERE resolution IS NULL;
CREATE INDEX quarantine_unjudged ON quarantine (lane, number)
  WHERE lane IS NOT NULL AND resolution IS NULL;
CREATE INDEX quarantine_proven ON quarantine (claimed_sender, claimed_id) WHERE proven = 1;
CREATE INDEX quarantine_message ON quarantine (message) WHERE message IS NOT NULL;

-- A record's value, or its first bytes; what was verified lies in inbox_sealed.
CREATE TABLE quarantine_sealed (
  number  INTEGER PRIMARY KEY REFERENCES quarantine ON DELETE CASCADE,
  sealed  BLOB NOT NULL
) STRICT;

-- How many bytes of records that nobody verified are kept: they share one bounded pool.
CREATE TABLE quarantine_pool (bytes INTEGER NOT NULL) STRICT;
INSERT INTO quarantine_pool VALUES (0);
CREATE TRIGGER quarantine_pool_more AFTER INSERT ON quarantine_sealed BEGIN
  UPDATE quarantine_pool SET bytes = bytes + length(NEW.sealed);
END;
CREATE TRIGGER quarantine_pool_less AFTER DELETE ON quarantine_sealed BEGIN
  UPDATE quarantine_pool SET bytes = bytes - length(OLD.sealed);
END;
`;
