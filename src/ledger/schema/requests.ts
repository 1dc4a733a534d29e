/** Replies that somebody waits for. */
export const REQUESTS = `
-- Decides when a reply comes in whether it goes to whoever waits for it, or to its sender's lane. A
-- reply is kept for it in the state 'awaited'; without its row, or in time, it goes to the lane after all.
CREATE TABLE awaited_replies (
  request         TEXT PRIMARY KEY, -- the message id of the question
  peer            TEXT NOT NULL,
  correlation_id  TEXT NOT NULL,
  owner           TEXT NOT NULL,
  until           INTEGER NOT NULL,
  reply           INTEGER UNIQUE REFERENCES inbox -- once it has come
) STRICT, WITHOUT ROWID;
`;
