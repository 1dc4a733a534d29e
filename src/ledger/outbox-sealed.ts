import type { MessageId } from '../domain/message-id.js';
import type { Connection } from '../sqlite/connection.js';
import type { ClaimedDelivery, SealedAnew } from './port.js';

type Kept = Pick<ClaimedDelivery, 'sealed' | 'ownInfo'>;

/** The sealed bytes of what goes out, and what their author opens them with until they have been sent. */
export class OutboxSealed {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Takes the row number of the message. To be called in a transaction. */
  keep(number: number, { sealed, ownInfo }: Pick<SealedAnew, 'sealed' | 'ownInfo'>): void {
    this.#connection.run(
      `INSERT INTO outbox_sealed (number, sealed) VALUES (?1, ?2)
       ON CONFLICT DO UPDATE SET sealed = ?2`,
      ...[number, sealed],
    );
    if (ownInfo === undefined) return;
    this.#connection.run(
      `INSERT INTO outbox_own_infos (number, own_info) VALUES (?1, ?2)
       ON CONFLICT DO UPDATE SET own_info = ?2`,
      ...[number, ownInfo],
    );
  }

  kept(id: MessageId): Kept | undefined {
    const row = this.#connection.get(
      `SELECT sealed, own_info FROM outbox_sealed LEFT JOIN outbox_own_infos USING (number)
       WHERE number = (SELECT number FROM outbox WHERE id = ?)`,
      id,
    );
    return row && { sealed: row.bytes('sealed'), ownInfo: row.bytesOrNone('own_info') };
  }

  /** Once it has been sent to everybody, only its recipients can open it. To be called in a transaction. */
  close(id: MessageId): void {
    this.#connection.run(
      `DELETE FROM outbox_own_infos WHERE number = (SELECT number FROM outbox WHERE id = ?)
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = outbox_own_infos.number
           AND state IN ('queued', 'publishing', 'failed'))`,
      id,
    );
  }
}
