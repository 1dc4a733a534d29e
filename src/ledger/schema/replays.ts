/** What replays with a name have delivered again. */
export const REPLAYS = `
-- A replay runs in one process at a time: the row's owner, while its lease has not run out.
CREATE TABLE replay_runs (
  run          TEXT PRIMARY KEY,
  owner        TEXT NOT NULL,
  lease_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far a replay has come with a message: one that was cut short goes on, and doubles nothing.
CREATE TABLE replays (
  run        TEXT NOT NULL,
  number     INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  attempts   INTEGER NOT NULL,
  sink_note  TEXT,
  done_at    INTEGER, -- NULL until it was delivered
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_number ON replays (number);
`;
