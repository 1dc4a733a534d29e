import type { MessageId } from '../domain/message-id.js';
import type { Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import type { OutboxRow, OutgoingItem, TakenId } from './port.js';
import { messageIdOf } from './rows.js';

/** Messages that go out in batches: each has an id that no other message gets. */
export class OutboxItems {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * The outbox leaves so many numbers free that each could go in a part of its own, in this place. To be
   * called in a transaction.
   */
  keep(batch: number, items: readonly OutgoingItem[]): void {
    const digests = Buffer.from(items.map(({ digest }) => digest).join(''), 'hex');
    // An array of plain texts: SQLite would parse every member that is an array again for each column.
    this.#connection.run(
      `INSERT INTO outbox_items (id, message, place, digest)
       SELECT value, ?1, key, substr(?2, key * ${DIGEST_LENGTH} + 1, ${DIGEST_LENGTH}) FROM json_each(?3)`,
      ...[batch, digests, JSON.stringify(items.map(({ id }) => id))],
    );
    this.#connection.run(
      `UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox'`,
      batch + items.length - 1,
    );
    const special = items.filter(
      ({ type, correlationId }) => (type ?? correlationId) !== undefined,
    );
    if (special.length === 0) return;
    const rows = special.map(({ id, type, correlationId }) => [id, type, correlationId]);
    this.#connection.run(
      `UPDATE outbox_items AS n SET type = value ->> 1, correlation_id = value ->> 2
       FROM json_each(?) WHERE n.id = value ->> 0`,
      JSON.stringify(rows),
    );
  }

  /** They go in a part of their batch, in this order. Takes its number. To be called in a transaction. */
  move(ids: readonly MessageId[], part: number): void {
    this.#connection.run(
      `UPDATE outbox_items AS n SET message = ?1, place = key FROM json_each(?2) WHERE n.id = value`,
      ...[part, JSON.stringify(ids)],
    );
  }

  /** Which of these ids stand for a message already, in a batch or alone. */
  taken(ids: readonly MessageId[]): readonly TakenId[] {
    return this.#connection
      .all(
        `WITH wanted AS (SELECT value AS id FROM json_each(?))
         SELECT n.id, lower(hex(n.digest)) AS digest, o.id AS batch FROM wanted JOIN outbox_items n USING (id)
           JOIN outbox o ON o.number = n.message
         UNION ALL
         SELECT o.id, o.digest, NULL FROM wanted JOIN outbox o USING (id)`,
        JSON.stringify(ids),
      )
      .map((row) => ({
        id: messageIdOf(row),
        digest: row.text('digest'),
        message:
          row.textOrNone('batch') === undefined ? messageIdOf(row) : messageIdOf(row, 'batch'),
      }));
  }

  /** The number of the batch with this message, and how the message is listed. */
  find(id: MessageId): { readonly batch: number; readonly as: ListedAs } | undefined {
    const row = this.#connection.get('SELECT * FROM outbox_items WHERE id = ?', id);
    return row && { batch: row.integer('message'), as: listedAs(row) };
  }

  /** The messages of a batch, in their order. */
  of(batch: OutboxRow): readonly OutboxRow[] {
    return this.#connection
      .all(
        `SELECT n.* FROM outbox o, json_each(o.header, '$.items') JOIN outbox_items n
           ON n.id = value ->> 'id'
         WHERE o.number = ? ORDER BY n.place`,
        batch.number,
      )
      .map((row) => listedAs(row)(batch));
  }
}

const DIGEST_LENGTH = 32;

type ListedAs = (batch: OutboxRow) => OutboxRow;

/** A message of a batch has everything from that but what makes it a message of its own. */
function listedAs(row: Row): ListedAs {
  const [id, place] = [messageIdOf(row), row.integer('place')];
  return (batch) => ({
    ...{ ...batch, id, kind: 'message', digest: Buffer.from(row.bytes('digest')).toString('hex') },
    type: row.textOrNone('type') ?? batch.type,
    correlationId: row.textOrNone('correlation_id') ?? batch.correlationId ?? id,
    item: { batch: batch.id, place },
  });
}
