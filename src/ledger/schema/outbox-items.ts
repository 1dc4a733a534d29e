/** Messages that go out together in one batch. */
export const OUTBOX_ITEMS = `
CREATE TABLE outbox_items (
  id              TEXT PRIMARY KEY,
  message         INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE, -- the batch
  place           INTEGER NOT NULL, -- from 0
  digest          TEXT NOT NULL,
  type            TEXT,
  correlation_id  TEXT, -- NULL where it is the message's own id
  UNIQUE (message, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_items_correlation_id ON outbox_items (correlation_id)
  WHERE correlation_id IS NOT NULL;
`;
