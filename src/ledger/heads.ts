import type { RandomSource } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { DeliveryKey, OutgoingMessage } from './port.js';
import { messageIdOf } from './rows.js';

/** The ends of what was kept for each recipient: messages that the next one names. */
export class Heads {
  readonly #connection: Connection;
  readonly #random: RandomSource;

  constructor(connection: Connection, random: RandomSource) {
    this.#connection = connection;
    this.#random = random;
  }

  /**
   * At most `most` for each recipient. Where there are more, those who seal at the same time name
   * different ones: else as many would be added as ever, and fewer named.
   */
  of(recipients: readonly PeerName[], most: number): ReadonlyMap<PeerName, readonly MessageId[]> {
    return new Map(recipients.map((recipient) => [recipient, this.#some(recipient, most)]));
  }

  /** A kept message follows those that it names; to be called in the transaction that keeps it. */
  follow({ id, deliveries }: Pick<OutgoingMessage, 'id' | 'deliveries'>): void {
    for (const { recipient, after } of deliveries) {
      if (after === undefined) continue;
      for (const named of after) this.#remove({ recipient, id: named });
      this.#add({ recipient, id });
    }
  }

  /**
   * A message that certainly never left, and never will, is not named any more; those it named are, once
   * more, as far as they were kept to be sent. To be called in a transaction, when its state has changed
   * and before it goes.
   */
  takeBack(key: DeliveryKey): void {
    this.#remove(key);
    this.#connection.run(
      `INSERT INTO heads (recipient, id)
       SELECT ?2, named.value FROM outbox o, json_each(o.header, '$.to') t,
         json_each(t.value, '$.after') named
       JOIN outbox p ON p.id = named.value
       JOIN deliveries d ON d.message = p.number AND d.recipient = ?2
       WHERE o.id = ?1 AND t.value ->> 'peer' = ?2
         AND NOT (d.state IN ('cancelled', 'expired') AND d.uncertain = 0)
       ON CONFLICT DO NOTHING`,
      ...[key.id, key.recipient],
    );
  }

  #some(recipient: PeerName, most: number): readonly MessageId[] {
    const ids = this.#connection
      .all('SELECT id FROM heads WHERE recipient = ? ORDER BY id', recipient)
      .map((row) => messageIdOf(row));
    if (ids.length <= most) return ids;
    const start = Buffer.from(this.#random(4)).readUInt32BE() % ids.length;
    return [...ids.slice(start), ...ids.slice(0, start)].slice(0, most);
  }

  #add({ recipient, id }: DeliveryKey): void {
    this.#connection.run('INSERT INTO heads (recipient, id) VALUES (?, ?)', recipient, id);
  }

  #remove({ recipient, id }: DeliveryKey): void {
    this.#connection.run('DELETE FROM heads WHERE recipient = ? AND id = ?', recipient, id);
  }
}
