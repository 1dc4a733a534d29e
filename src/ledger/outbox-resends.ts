import type { MessageId } from '../domain/message-id.js';
import type { Connection } from '../sqlite/connection.js';
import type { DeliveryKey } from './port.js';

/** The log has had it: it is not cancelled any more, nor taken for what never left. */
const AGAIN = `UPDATE deliveries SET state = 'queued', next_attempt_at = 0, uncertain = 1
  WHERE state = 'sent' AND message = (SELECT number FROM outbox WHERE id = ?)`;

/** What was sent goes out once more, the same bytes. To be called in transactions. */
export class OutboxResends {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To everybody to whom it was sent; says whether there is anybody. */
  toAll(id: MessageId): boolean {
    return this.#connection.run(AGAIN, id) > 0;
  }

  /** To one recipient; says whether it was sent there. */
  to({ id, recipient }: DeliveryKey): boolean {
    return this.#connection.run(`${AGAIN} AND recipient = ?`, id, recipient) === 1;
  }
}
