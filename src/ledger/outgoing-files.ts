import type { Clock } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type {
  DeliveryKey,
  FileProgress,
  IncomingReceipt,
  NewManifest,
  NewOutgoingFile,
  OutgoingFile,
  OutgoingSource,
  ReleasedSource,
} from './port.js';
import type { OutboxResends } from './outbox-resends.js';
import type { Receipts } from './receipts.js';
import { messageIdOf, readKey, readOutgoingFile } from './rows.js';

const NUMBER_OF = '(SELECT number FROM outbox WHERE id = ?)';
const JOINED = `FROM outgoing_files f JOIN sources s ON s.message = f.message
  JOIN outbox o ON o.number = f.message`;
const COLUMNS = `o.id, f.*, s.path, s.spool_key, s.size, s.sha256, s.stamp`;
const KEY = 'recipient, (SELECT id FROM outbox WHERE number = message) AS id';

/** The rooms that a large payload leaves something in. */
interface FileRooms {
  readonly receipts: Receipts;
  readonly resends: OutboxResends;
  readonly clock: Clock;
}

/** Large payloads on their way out. */
export class OutgoingFiles {
  readonly #connection: Connection;
  readonly #receipts: Receipts;
  readonly #resends: OutboxResends;
  readonly #clock: Clock;

  constructor(connection: Connection, { receipts, resends, clock }: FileRooms) {
    this.#connection = connection;
    this.#receipts = receipts;
    this.#resends = resends;
    this.#clock = clock;
  }

  /** Keeps a payload with a message of the outbox; one that it has already stays. In a transaction. */
  keep(message: number, { source, manifests }: NewOutgoingFile): void {
    const { path, spoolKey, size, sha256, stamp } = source;
    this.#connection.run(
      `INSERT INTO sources (message, path, spool_key, size, sha256, stamp)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ...[message, path, spoolKey, size, sha256, stamp],
    );
    for (const { recipient, count, sealed, ownInfo, signer, original } of manifests) {
      this.#connection.run(
        `INSERT INTO outgoing_files (message, recipient, count, signer, sealed, own_info)
         VALUES (?, ?, ?, ?, ?, ?)`,
        ...[message, recipient, count, signer, sealed, ownInfo],
      );
      if (original !== undefined) this.#receipts.keepOriginal(original);
    }
  }

  find({ id, recipient }: DeliveryKey): OutgoingFile | undefined {
    const sql = `SELECT ${COLUMNS} ${JOINED} WHERE o.id = ? AND f.recipient = ?`;
    const row = this.#connection.get(sql, id, recipient);
    return row && readOutgoingFile(row);
  }

  list(): readonly (OutgoingFile & { readonly id: MessageId })[] {
    return this.#connection
      .all(
        `SELECT ${COLUMNS} ${JOINED} WHERE f.confirmed_at IS NULL
           AND f.own_info IS NOT NULL ORDER BY f.message`,
      )
      .map((row) => ({ ...readOutgoingFile(row), id: messageIdOf(row) }));
  }

  note(delivery: DeliveryKey, { next, partition, offset }: FileProgress): void {
    this.#update('next = ?, partition = ?, offset = ?', [next, partition, offset], delivery);
  }

  noteSent(delivery: DeliveryKey): void {
    const change = 'next = count + 1, rounds = rounds + 1, sent_at = ?';
    this.#update(change, [this.#clock()], delivery);
  }

  /** To be called in a transaction. */
  reseal(delivery: DeliveryKey, { count, sealed, ownInfo, signer, original }: NewManifest): void {
    // The former one stays: the recipient may have got it after all.
    if (original !== undefined) this.#receipts.keepOriginal(original);
    this.#update(
      'count = ?, sealed = ?, own_info = ?, signer = ?, next = 0, partition = NULL, offset = NULL',
      [count, sealed, ownInfo, signer],
      delivery,
    );
  }

  /**
   * Somebody has all of it, or does not want it: what the author could open it with goes, and nothing
   * of it is sent any more, also by whoever was killed at that. To be called in a transaction.
   */
  answered({ id, peer, says, reason }: IncomingReceipt): void {
    const delivery = { id, recipient: peer };
    const isTaken = says !== 'rejected';
    const change = isTaken ? 'confirmed_at = ?' : 'sent_at = ?';
    const values = [isTaken ? this.#clock() : undefined];
    const isNews = 'AND confirmed_at IS NULL';
    if (this.#update(`${change}, own_info = NULL`, values, delivery, isNews) === 0) return;
    this.#connection.run(
      `UPDATE deliveries SET state = ?, error = ?, owner = NULL, lease_until = NULL
       WHERE state IN ('queued', 'publishing') AND recipient = ? AND message = ${NUMBER_OF}`,
      ...(isTaken ? ['sent', undefined] : ['failed', `rejected: ${reason ?? 'refused'}`]),
      ...[peer, id],
    );
  }

  /** To be called in a transaction. */
  sendAgain(which: {
    readonly sentBefore: number;
    readonly rounds: number;
  }): readonly DeliveryKey[] {
    const keys = this.#connection
      .all(
        `UPDATE outgoing_files SET next = 0, sent_at = NULL
         WHERE confirmed_at IS NULL AND sent_at < ? AND rounds < ?
           AND message IN (SELECT message FROM sources)
           AND message IN (SELECT number FROM outbox WHERE coalesce(expires_at > ?, 1))
         RETURNING ${KEY}`,
        ...[which.sentBefore, which.rounds, this.#clock()],
      )
      .map(readKey);
    for (const key of keys) this.#resends.to(key);
    return keys;
  }

  /**
   * All of it goes out once more, wherever its inbox puts it now; false where nobody could read or open
   * it to do so. To be called in a transaction.
   */
  startOver(delivery: DeliveryKey): boolean {
    const change = 'next = 0, partition = NULL, offset = NULL, sent_at = NULL';
    const isKept = 'AND own_info IS NOT NULL AND message IN (SELECT message FROM sources)';
    return this.#update(change, [], delivery, isKept) === 1;
  }

  giveUp(sentBefore: number): readonly DeliveryKey[] {
    return this.#connection
      .all(
        `UPDATE outgoing_files SET own_info = NULL, sent_at = NULL
         WHERE confirmed_at IS NULL AND sent_at < ? RETURNING ${KEY}`,
        sentBefore,
      )
      .map(readKey);
  }

  /** To be called in a transaction. */
  discard(id: MessageId): boolean {
    const deleted = this.#connection.run(
      `DELETE FROM outbox WHERE id = ? AND kind = 'manifest'
         AND NOT EXISTS (SELECT 1 FROM outgoing_files
           WHERE message = outbox.number AND (rounds > 0 OR confirmed_at IS NOT NULL))
         AND NOT EXISTS (SELECT 1 FROM deliveries
           WHERE message = outbox.number AND state NOT IN ('failed', 'cancelled', 'expired'))`,
      id,
    );
    return deleted === 1;
  }

  relocate(id: MessageId, { path, stamp }: Pick<OutgoingSource, 'path' | 'stamp'>): void {
    this.#connection.run(
      `UPDATE sources SET path = ?, stamp = ? WHERE spool_key IS NULL AND message = ${NUMBER_OF}`,
      ...[path, stamp, id],
    );
  }

  /** Nobody reads it any more when everyone has confirmed, was given up, or will not get it. */
  releasable(): readonly ReleasedSource[] {
    return this.#connection
      .all(
        `SELECT message, path FROM sources s WHERE spool_key IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM outgoing_files f JOIN deliveries d
             ON d.message = f.message AND d.recipient = f.recipient
             WHERE f.message = s.message AND f.own_info IS NOT NULL
               AND d.state NOT IN ('cancelled', 'expired'))`,
      )
      .map((row) => ({ message: row.integer('message'), file: row.text('path') }));
  }

  released(message: number): void {
    this.#connection.run('DELETE FROM sources WHERE message = ?', message);
  }

  spooledSources(): readonly string[] {
    return this.#connection
      .all('SELECT path FROM sources WHERE spool_key IS NOT NULL')
      .map((row) => row.text('path'));
  }

  #update(
    change: string,
    values: readonly Bindable[],
    { id, recipient }: DeliveryKey,
    condition = '',
  ): number {
    return this.#connection.run(
      `UPDATE outgoing_files SET ${change}
       WHERE recipient = ? AND message = ${NUMBER_OF} ${condition}`,
      ...[...values, recipient, id],
    );
  }
}
