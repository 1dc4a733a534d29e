import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { Heads } from './heads.js';
import type { Outbox } from './outbox.js';
import { isCancellable, notInOutbox } from './outbox-refusals.js';
import type { DeliveryKey, FailedDelivery, OutboxLedger } from './port.js';
import { readKey } from './rows.js';

type CancelOutcome = Awaited<ReturnType<OutboxLedger['cancel']>>;

/**
 * Deliveries that end without having been sent. What certainly never left is not to be missed by its
 * recipient. To be called in transactions.
 */
export class OutboxEnds {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #heads: Heads;

  constructor(
    connection: Connection,
    { outbox, heads }: { readonly outbox: Outbox; readonly heads: Heads },
  ) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#heads = heads;
  }

  fail({ id, recipient, error, outcome }: FailedDelivery): void {
    const was = this.#delivery({ id, recipient });
    const mayHaveLeft = outcome === 'unknown' && was?.state === 'publishing' ? 1 : 0;
    this.#outbox.update(
      `state = 'failed', error = ?, uncertain = max(uncertain, ?)`,
      [error, mayHaveLeft],
      { id, recipient },
    );
    if (was?.state === 'failed' || was?.state === 'expired' || was?.state === 'cancelled') return;
    const now = this.#delivery({ id, recipient });
    if (now?.state === 'failed' && !now.mayHaveLeft) this.#heads.takeBack({ id, recipient });
  }

  expire(now: number): readonly DeliveryKey[] {
    const expired = this.#connection
      .all(
        `UPDATE deliveries SET state = 'expired', owner = NULL, lease_until = NULL,
           error = coalesce(error, 'it expired before it could be sent'),
           uncertain = CASE state WHEN 'publishing' THEN 1 ELSE uncertain END
         WHERE (state = 'queued' OR state = 'publishing' AND coalesce(lease_until, 0) <= ?1)
           AND message IN (SELECT number FROM outbox WHERE expires_at <= ?1)
         RETURNING recipient, uncertain, (SELECT id FROM outbox WHERE number = message) AS id`,
        now,
      )
      .map((row) => ({ key: readKey(row), mayHaveLeft: row.integer('uncertain') === 1 }));
    for (const { key, mayHaveLeft } of expired) if (!mayHaveLeft) this.#heads.takeBack(key);
    return expired.map(({ key }) => key);
  }

  cancel(id: MessageId, recipients?: readonly PeerName[]): CancelOutcome {
    const row = this.#outbox.find(id);
    if (row === undefined) throw notInOutbox(id);
    const wanted = row.deliveries.filter(
      ({ recipient, state }) => recipients?.includes(recipient) ?? state !== 'cancelled',
    );
    const missing = recipients?.find((one) => wanted.every(({ recipient }) => recipient !== one));
    if (missing !== undefined) throw notInOutbox(id, missing);
    const refused = wanted.filter((delivery) => !isCancellable(delivery));
    if (refused.length > 0) return { cancelled: [], refused };
    for (const { recipient, state, mayHaveLeft } of wanted) {
      this.#outbox.update(`state = 'cancelled'`, [], { id, recipient });
      // What had failed or expired was taken back then.
      if (!mayHaveLeft && state === 'queued') this.#heads.takeBack({ id, recipient });
    }
    return { cancelled: wanted.map(({ recipient }) => recipient), refused: [] };
  }

  #delivery({ id, recipient }: DeliveryKey) {
    return this.#outbox.find(id)?.deliveries.find((one) => one.recipient === recipient);
  }
}
