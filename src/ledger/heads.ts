import type { RandomSource } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { DeliveryKey, OutgoingMessage } from './port.js';
import { messageIdOf } from './rows.js';

/** The messages `value` that are not to be sent to `?2` (any more): nobody kept them, or has them back. */
const IS_VOID = `NOT EXISTS (SELECT 1 FROM outbox p JOIN deliveries d ON d.message = p.number
  WHERE p.id = value AND d.recipient = ?2
    AND NOT (d.state IN ('cancelled', 'expired', 'failed') AND d.uncertain = 0))`;

/** The ids that the header of the message `?1` has for the recipient `?2`, as `value`. */
const namedIn = (field: 'after' | 'void'): string => `FROM (
  SELECT named.value AS value FROM outbox o, json_each(o.header, '$.to') t,
    json_each(t.value, '$.${field}') named
  WHERE o.id = ?1 AND t.value ->> 'peer' = ?2)`;

/**
 * The ends of what was kept for each recipient: messages that the next one names. And those that were
 * named and will never come: the next one says that, too.
 */
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

  /** At most `most` for each recipient that it has to be told of; the oldest first. */
  voids(
    recipients: readonly PeerName[],
    most: number,
  ): ReadonlyMap<PeerName, readonly MessageId[]> {
    const sql = 'SELECT id FROM voids WHERE recipient = ? ORDER BY id LIMIT ?';
    return new Map(
      recipients.map((recipient) => [
        recipient,
        this.#connection.all(sql, recipient, most).map((row) => messageIdOf(row)),
      ]),
    );
  }

  /** A kept message follows those that it names; to be called in the transaction that keeps it. */
  follow({ id, deliveries }: Pick<OutgoingMessage, 'id' | 'deliveries'>): void {
    for (const { recipient, after, voids = [] } of deliveries) {
      if (after === undefined) continue;
      for (const named of after) this.#name({ recipient, id: named });
      for (const told of [...voids, id]) this.#removeVoid({ recipient, id: told });
      this.#add({ recipient, id });
    }
  }

  /**
   * A message that certainly never left, and never will by itself, is not named any more; those it named
   * are, once more, as far as they were kept to be sent, and what it declared void is void. Where another one
   * may have named it, its recipient is to be told. To be called in a transaction, when its state has changed
   * and before it goes.
   */
  takeBack(key: DeliveryKey): void {
    const { id, recipient } = key;
    if (this.#remove(key) !== 'unnamed') this.#voidIfNamable(key);
    this.#connection.run(
      `INSERT INTO heads (recipient, id, named) SELECT ?2, value, 1 ${namedIn('after')}
       WHERE NOT (${IS_VOID}) ON CONFLICT DO UPDATE SET named = 1`,
      ...[id, recipient],
    );
    this.#connection.run(
      `INSERT INTO voids (recipient, id) SELECT ?2, value ${namedIn('void')}
       WHERE ${IS_VOID} ON CONFLICT DO NOTHING`,
      ...[id, recipient],
    );
  }

  /** What had failed for good is sent after all: it is void no longer, as far as nobody was told that. */
  unvoid({ recipient, id }: DeliveryKey): void {
    this.#removeVoid({ recipient, id });
  }

  /** Another message goes in the place of this one; to be called in a transaction, when it has gone. */
  replace({ id, recipient }: DeliveryKey, by: MessageId): void {
    if (this.#remove({ id, recipient }) !== 'unnamed') {
      const sql = 'INSERT INTO voids (recipient, id) VALUES (?, ?) ON CONFLICT DO NOTHING';
      this.#connection.run(sql, recipient, id);
    }
    this.#add({ id: by, recipient });
  }

  /** What is named and is no head was named before, or has been taken back since it was looked at. */
  #name(key: DeliveryKey): void {
    if (this.#remove(key) !== undefined) return;
    this.#connection.run(
      `INSERT INTO voids (recipient, id) SELECT ?2, value FROM (SELECT ?1 AS value)
       WHERE ${IS_VOID} ON CONFLICT DO NOTHING`,
      ...[key.id, key.recipient],
    );
  }

  /** Nobody names a receipt or a rejection. */
  #voidIfNamable({ id, recipient }: DeliveryKey): void {
    this.#connection.run(
      `INSERT INTO voids (recipient, id) SELECT ?2, id FROM outbox
       WHERE id = ?1 AND kind NOT IN ('receipt', 'rejected') ON CONFLICT DO NOTHING`,
      ...[id, recipient],
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

  /** Says whether another one may have named it; nothing where it was no head. */
  #remove({ recipient, id }: DeliveryKey): 'named' | 'unnamed' | undefined {
    const sql = 'DELETE FROM heads WHERE recipient = ? AND id = ? RETURNING named';
    const row = this.#connection.get(sql, recipient, id);
    if (row === undefined) return undefined;
    return row.integer('named') === 1 ? 'named' : 'unnamed';
  }

  #removeVoid({ recipient, id }: DeliveryKey): void {
    this.#connection.run('DELETE FROM voids WHERE recipient = ? AND id = ?', recipient, id);
  }
}
