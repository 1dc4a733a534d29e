import { SOURCE } from './source.js';

/** What was refused for good. */
export const QUARANTINE = `
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
`;
