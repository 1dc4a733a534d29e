/** What keeps messages out whose ids are forgotten. */
export const FLOORS = `
-- Messages that a sender sealed at this moment or before are refused unless their ids are known: theirs
-- may have been pruned. It only ever rises.
CREATE TABLE floors (
  sender      TEXT PRIMARY KEY,
  sent_until  INTEGER NOT NULL -- Unix ms, by the signed header
) STRICT, WITHOUT ROWID;
`;
