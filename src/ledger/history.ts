import type { Connection } from '../sqlite/connection.js';
import { conditions } from './conditions.js';
import type { HistoryRow, LedgerCounts, MessageFilter } from './port.js';
import type { Outbox } from './outbox.js';
import type { OutboxItems } from './outbox-items.js';
import { INBOX_COLUMNS, readInbox, readOutbox } from './rows.js';

/** What came and what went, for people and scripts that look back. */
export class History {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #items: OutboxItems;

  constructor(connection: Connection, rooms: { outbox: Outbox; items: OutboxItems }) {
    this.#connection = connection;
    this.#outbox = rooms.outbox;
    this.#items = rooms.items;
  }

  list(filter: MessageFilter): readonly HistoryRow[] {
    const rows = [
      ...(filter.direction === 'in' ? [] : this.#sent(filter)),
      ...(filter.direction === 'out' ? [] : this.#received(filter)),
    ].sort(byTime);
    return filter.limit === undefined ? rows : rows.slice(Math.max(rows.length - filter.limit, 0));
  }

  counts(): LedgerCounts {
    return {
      received: this.#count(`SELECT count(*) AS count FROM inbox WHERE kind <> 'batch'`),
      done: this.#count(
        `SELECT count(*) AS count FROM inbox WHERE state = 'done' AND kind <> 'batch'`,
      ),
      duplicates: this.#count('SELECT coalesce(sum(duplicates), 0) AS count FROM inbox'),
      quarantined: this.#count('SELECT count(*) AS count FROM quarantine WHERE resolution IS NULL'),
      queued: this.#count(
        `SELECT count(*) AS count FROM deliveries WHERE state IN ('queued', 'publishing')`,
      ),
      sent: this.#count(`SELECT count(*) AS count FROM deliveries WHERE state = 'sent'`),
    };
  }

  #received(filter: MessageFilter): readonly HistoryRow[] {
    const { peer, state, since, until, correlationId, limit } = filter;
    const { where, values } = conditions([
      // A batch is how messages came, and they are listed.
      [`i.kind <> 'batch'`],
      peer && ['i.sender = ?', peer],
      state === undefined ? undefined : ['i.state = ?', state],
      since === undefined ? undefined : ['i.received_at >= ?', since],
      until === undefined ? undefined : ['i.received_at < ?', until],
      correlationId === undefined ? undefined : ['i.correlation_id = ?', correlationId],
    ]);
    return this.#connection
      .all(
        `SELECT ${INBOX_COLUMNS} FROM inbox i ${where}
         ORDER BY i.received_at DESC, i.number DESC LIMIT ?`,
        ...values,
        limit ?? -1,
      )
      .map((row) => ({ direction: 'in', ...readInbox(row) }));
  }

  #sent(filter: MessageFilter): readonly HistoryRow[] {
    const { peer, state, since, until, correlationId, limit } = filter;
    const some = 'EXISTS (SELECT 1 FROM deliveries d WHERE d.message = o.number AND';
    const { where, values } = conditions([
      filter.answers === true ? undefined : [`o.kind NOT IN ('receipt', 'rejected')`],
      peer && [`${some} d.recipient = ?)`, peer],
      state === undefined ? undefined : [`${some} d.state = ?)`, state],
      since === undefined ? undefined : ['o.created_at >= ?', since],
      until === undefined ? undefined : ['o.created_at < ?', until],
      correlationId === undefined ? undefined : [CORRELATED, correlationId, correlationId],
    ]);
    const rows = this.#connection
      .all(
        `SELECT o.* FROM outbox o ${where} ORDER BY o.created_at DESC, o.number DESC LIMIT ?`,
        ...values,
        limit ?? -1,
      )
      .map((row) => readOutbox(row, this.#outbox.deliveries(row.integer('number'))));
    return rows
      .reverse()
      .flatMap((row) => (row.kind === 'batch' ? this.#items.of(row) : [row]))
      .filter((row) => correlationId === undefined || row.correlationId === correlationId)
      .map((row) => ({ direction: 'out', ...row }));
  }

  #count(sql: string): number {
    return this.#connection.get(sql)?.integer('count') ?? 0;
  }
}

const CORRELATED = `(o.correlation_id = ? OR o.number IN
  (SELECT message FROM outbox_items WHERE correlation_id = ?))`;

function byTime(a: HistoryRow, b: HistoryRow): number {
  return timeOf(a) - timeOf(b) || a.direction.localeCompare(b.direction) || a.number - b.number;
}

function timeOf(row: HistoryRow): number {
  return row.direction === 'in' ? row.receivedAt : row.createdAt;
}
