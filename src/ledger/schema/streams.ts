/** What tells a recipient that a message of its sender is missing. */
export const STREAMS = `
-- Messages kept for a recipient that none kept after them has named yet. Each of these is named by one
-- of the next, so that the recipient can tell when it has not come.
CREATE TABLE heads (
  recipient  TEXT NOT NULL,
  id         TEXT NOT NULL,
  named      INTEGER NOT NULL DEFAULT 0, -- 1 where one had named it that was taken back: others may have, too
  PRIMARY KEY (recipient, id)
) STRICT, WITHOUT ROWID;

-- Messages that certainly never left, that another one may have named by then: one of the next says so.
CREATE TABLE voids (
  recipient  TEXT NOT NULL,
  id         TEXT NOT NULL,
  PRIMARY KEY (recipient, id)
) STRICT, WITHOUT ROWID;

-- Since when messages of a sender are missed if they do not come.
CREATE TABLE streams (
  sender      TEXT PRIMARY KEY,
  begun_at    INTEGER NOT NULL -- Unix ms: what was made up to then may have come before this ledger was
) STRICT, WITHOUT ROWID;

-- Messages that another one of their sender has named, and that have not come.
CREATE TABLE missing (
  sender        TEXT NOT NULL,
  id            TEXT NOT NULL,
  named_by      TEXT NOT NULL, -- the first that did
  noticed_at    INTEGER NOT NULL,
  told_at       INTEGER, -- when a listener said so
  forgotten_at  INTEGER, -- when it was missed no longer: an operator, or its sender, said so
  PRIMARY KEY (sender, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX missing_noticed_at ON missing (noticed_at) WHERE forgotten_at IS NULL;
`;
