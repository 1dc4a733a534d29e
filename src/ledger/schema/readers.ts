/** Who takes in what comes into the inbox. */
export const READERS = `
-- Listeners as long as they run; where there is none, one of those that wait for a receipt or a reply.
CREATE TABLE readers (
  token        TEXT PRIMARY KEY,
  owner        TEXT NOT NULL,
  role         TEXT NOT NULL CHECK (role IN ('listener', 'stand-in')),
  lease_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
