/** Where a record came from: the same columns wherever records are kept. */
export const SOURCE = `
  cluster_id   TEXT NOT NULL,
  topic        TEXT NOT NULL,
  topic_id     TEXT NOT NULL, -- '' where the log has none
  partition    INTEGER NOT NULL,
  offset       INTEGER NOT NULL,
  appended_at  INTEGER NOT NULL`;
