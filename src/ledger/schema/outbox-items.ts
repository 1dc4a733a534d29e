/** Messages that go out together in one batch. */
export const OUTBOX_ITEMS = `
-- Their order is that in the header of the batch: no second index is needed to find them by their batch.
CREATE TABLE outbox_items (
  id              TEXT PRIMARY KEY,
  message         INTEGER NOT NULL, -- the number of the batch
  place           INTEGER NOT NULL, -- from 0
  digest          BLOB NOT NULL,
  type            TEXT, -- NULL where it is the batch's
  correlation_id  TEXT -- NULL where it is the batch's, or the message's own id where that has none
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_items_correlation_id ON outbox_items (correlation_id)
  WHERE correlation_id IS NOT NULL;
CREATE TRIGGER outbox_items_end AFTER DELETE ON outbox WHEN old.kind = 'batch' BEGIN
  DELETE FROM outbox_items
  WHERE id IN (SELECT value ->> 'id' FROM json_each(old.header, '$.items'));
END;
`;
