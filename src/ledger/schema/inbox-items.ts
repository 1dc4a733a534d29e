/** Messages that came together in one batch. */
export const INBOX_ITEMS = `
-- The messages of a batch. The batch alone holds the sealed bytes; its own state is 'unpacked' until each
-- of its messages is done or in quarantine. A message that came twice may stand in several batches.
CREATE TABLE inbox_items (
  container  INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  place      INTEGER NOT NULL, -- from 0
  number     INTEGER REFERENCES inbox ON DELETE CASCADE, -- NULL where its id stands for another message
  PRIMARY KEY (container, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_items_number ON inbox_items (number) WHERE number IS NOT NULL;
`;
