import { isPeerName } from '../domain/peer-name.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type { Floor, HeldLog, PruneCounts, PruneRequest } from './port.js';
import { checked } from './rows.js';

/** Whether the log still has the record of `i`: it could be read again. */
const IS_HELD = `EXISTS (SELECT 1 FROM json_each(?) h
  WHERE h.value ->> 0 = i.cluster_id AND h.value ->> 1 = i.topic AND h.value ->> 2 = i.topic_id
    AND h.value ->> 3 = i.partition AND i.offset >= CAST(h.value ->> 4 AS INTEGER))`;

/** Received, and nothing will be done about it any more. */
const RECEIVED_AND_OVER = `
  FROM inbox i LEFT JOIN inbox_sealed s ON s.number = i.number
  WHERE i.state IN ('done', 'quarantined') AND i.received_at < ? AND i.done_at < ?
    AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.message = i.number AND q.resolution IS NULL)
    AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.resolution IS NULL AND (q.container = i.number
      OR q.message IN (SELECT n.number FROM inbox_items n WHERE n.container = i.number)))
    AND NOT EXISTS (SELECT 1 FROM spooled p WHERE p.number = i.number)
    AND NOT EXISTS (SELECT 1 FROM answers a
      WHERE a.sender = i.sender AND a.id = i.id AND a.answer IS NULL)`;

/** Sent, and neither tried again nor asked for any more. */
const SENT_AND_OVER = `
  FROM outbox i LEFT JOIN outbox_sealed s ON s.number = i.number
  WHERE i.created_at < ?
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message = i.number
      AND d.state NOT IN ('sent', 'cancelled', 'expired'))
    AND NOT EXISTS (SELECT 1 FROM outgoing_files f WHERE f.message = i.number
      AND f.own_info IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.answer = i.id)`;

/** Retried or dropped; of what was dropped only this entry keeps the very record out. */
const RESOLVED = `
  FROM quarantine i
  WHERE i.message IS NULL AND i.resolved_at < ? AND (i.resolution = 'retried' OR NOT ${IS_HELD})`;

const CHOSEN = 'IN (SELECT value FROM json_each(?))';

/** One sort of what may be forgotten: which rows, with their sealed bytes, and what is done to them. */
interface Part {
  readonly count: Exclude<keyof PruneCounts, 'size'>;
  /** Gives `number` and `size`. */
  readonly rows: string;
  readonly values: readonly Bindable[];
  /** Each takes the numbers as a JSON array. */
  readonly forget: readonly string[];
}

const NUMBER_AND_SIZE = 'SELECT i.number, coalesce(length(s.sealed), 0) AS size';

/** The floor rises in the transaction in which the ids go that it stands for. */
const FORGET_RECEIVED = [
  `INSERT INTO floors (sender, sent_until)
     SELECT sender, max(json_extract(header, '$.sent')) FROM inbox
     WHERE number ${CHOSEN} AND json_extract(header, '$.sent') IS NOT NULL GROUP BY sender
   ON CONFLICT DO UPDATE SET sent_until = max(sent_until, excluded.sent_until)`,
  `DELETE FROM receipt_requests
   WHERE (sender, id) IN (SELECT sender, id FROM inbox WHERE number ${CHOSEN})`,
  `DELETE FROM answers WHERE (sender, id) IN (SELECT sender, id FROM inbox WHERE number ${CHOSEN})`,
  `DELETE FROM inbox WHERE number ${CHOSEN}`,
];

function partsOf({ before, ids }: PruneRequest): readonly Part[] {
  const receivedBytes: Part = {
    count: 'receivedBytes',
    rows: `${NUMBER_AND_SIZE} ${RECEIVED_AND_OVER} AND s.number IS NOT NULL`,
    values: [before, before],
    forget: [`DELETE FROM inbox_sealed WHERE number ${CHOSEN}`],
  };
  const sentBytes: Part = {
    count: 'sentBytes',
    rows: `${NUMBER_AND_SIZE} ${SENT_AND_OVER} AND s.number IS NOT NULL`,
    values: [before],
    forget: [`DELETE FROM outbox_sealed WHERE number ${CHOSEN}`],
  };
  if (ids === undefined) return [receivedBytes, sentBytes];
  const held = heldAsJson(ids.held);
  return [
    {
      count: 'receivedIds',
      rows: `${NUMBER_AND_SIZE} ${RECEIVED_AND_OVER} AND NOT ${IS_HELD}`,
      values: [before, before, held],
      forget: FORGET_RECEIVED,
    },
    {
      ...receivedBytes,
      rows: `${receivedBytes.rows} AND ${IS_HELD}`,
      values: [...receivedBytes.values, held],
    },
    {
      count: 'sentIds',
      rows: `${NUMBER_AND_SIZE} ${SENT_AND_OVER}`,
      values: [before],
      forget: [`DELETE FROM outbox WHERE number ${CHOSEN}`],
    },
    {
      count: 'quarantined',
      rows: `SELECT i.number, 0 AS size ${RESOLVED}`,
      values: [before, held],
      forget: [`DELETE FROM quarantine WHERE number ${CHOSEN}`],
    },
  ];
}

/** Forgets what is over. Ids go only together with a floor that keeps their messages out. */
export class Pruning {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  plan(request: PruneRequest): PruneCounts {
    return countsOf(partsOf(request), ({ rows, values }) => {
      const sql = `SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM (${rows})`;
      const row = this.#connection.get(sql, ...values);
      return { count: row?.integer('count') ?? 0, size: row?.integer('size') ?? 0 };
    });
  }

  step(request: PruneRequest, limit: number): PruneCounts {
    return this.#connection.transaction(() =>
      countsOf(partsOf(request), (part) => this.#forget(part, limit)),
    );
  }

  floors(): readonly Floor[] {
    return this.#connection.all('SELECT * FROM floors ORDER BY sender').map((row) => ({
      sender: checked(row.text('sender'), isPeerName),
      sentUntil: row.integer('sent_until'),
    }));
  }

  topics(): readonly string[] {
    return this.#connection
      .all('SELECT DISTINCT topic FROM positions ORDER BY topic')
      .map((row) => row.text('topic'));
  }

  #forget({ rows, values, forget }: Part, limit: number): Found {
    const found = this.#connection.all(`${rows} LIMIT ?`, ...values, limit);
    const numbers = JSON.stringify(found.map((row) => row.integer('number')));
    if (found.length > 0) for (const sql of forget) this.#connection.run(sql, numbers);
    return {
      count: found.length,
      size: found.reduce((sum, row) => sum + row.integer('size'), 0),
    };
  }
}

/** Some rows that may go, and how many sealed bytes they have. */
interface Found {
  readonly count: number;
  readonly size: number;
}

function countsOf(parts: readonly Part[], take: (part: Part) => Found): PruneCounts {
  const counts = {
    ...{ receivedBytes: 0, receivedIds: 0, sentBytes: 0, sentIds: 0, quarantined: 0, size: 0 },
  };
  for (const part of parts) {
    const { count, size } = take(part);
    counts[part.count] += count;
    counts.size += size;
  }
  return counts;
}

function heldAsJson(held: readonly HeldLog[]): string {
  return JSON.stringify(
    held.map((one) => [
      ...[one.clusterId, one.topic, one.topicId ?? '', one.partition],
      String(one.low),
    ]),
  );
}
