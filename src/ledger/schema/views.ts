/** For operators with a SQLite shell. */
export const VIEWS = `
-- For operators with a SQLite shell: the whole history with readable times (UTC).
CREATE VIEW history AS
SELECT 'in' AS direction, number, strftime('%Y-%m-%dT%H:%M:%SZ', received_at / 1000, 'unixepoch') AS at,
       sender AS peer, kind, type, id, state, attempts, topic, partition, offset, sink_note AS note
FROM inbox
UNION ALL
SELECT 'out', o.number, strftime('%Y-%m-%dT%H:%M:%SZ', o.created_at / 1000, 'unixepoch'),
       d.recipient, o.kind, o.type, o.id, d.state, d.attempts, d.topic, d.partition, d.offset, d.error
FROM outbox o JOIN deliveries d ON d.message = o.number;

-- What still has to happen: messages to deliver here, and deliveries to make.
CREATE VIEW pending AS
SELECT * FROM history WHERE state IN ('received', 'delivering', 'awaited', 'queued', 'publishing');
`;
