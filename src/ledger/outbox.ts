import type { Clock } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type { EnqueueOutcome, OutboxDelivery, OutboxRow, OutgoingMessage } from './port.js';
import { readDelivery, readOutbox } from './rows.js';

/** What goes out: kept before anything leaves, the sealed bytes included. */
export class Outbox {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** To be called in a transaction. */
  enqueue(message: OutgoingMessage, { begin = false } = {}): EnqueueOutcome {
    const known = this.find(message.id);
    if (known !== undefined) {
      return { outcome: known.digest === message.digest ? 'known' : 'conflict', row: known };
    }
    this.#insert(message);
    if (begin)
      message.deliveries.forEach(({ recipient }) => {
        this.beginPublish(message.id, recipient);
      });
    return { outcome: 'kept', row: this.#existing(message.id) };
  }

  find(id: MessageId): OutboxRow | undefined {
    const row = this.#connection.get('SELECT * FROM outbox WHERE id = ?', id);
    return row && readOutbox(row, this.deliveries(row.integer('number')));
  }

  deliveries(number: number): readonly OutboxDelivery[] {
    return this.#connection
      .all('SELECT * FROM deliveries WHERE message = ? ORDER BY recipient', number)
      .map(readDelivery);
  }

  sealed(id: MessageId): Uint8Array | undefined {
    return this.#connection
      .get(
        'SELECT s.sealed FROM outbox_sealed s JOIN outbox o ON o.number = s.number WHERE o.id = ?',
        id,
      )
      ?.bytes('sealed');
  }

  /** To be called in a transaction. */
  nextSequence(recipient: PeerName): number {
    const row = this.#connection.get(
      `INSERT INTO sequences (recipient, last) VALUES (?, 1)
       ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`,
      recipient,
    );
    return row?.integer('last') ?? 1;
  }

  /** A publish that is begun anew, with none ended in between, was cut short: it may have left. */
  beginPublish(id: MessageId, recipient: PeerName): void {
    this.#update(
      `state = 'publishing', attempts = attempts + 1,
       uncertain = CASE state WHEN 'publishing' THEN 1 ELSE uncertain END`,
      [],
      { id, recipient },
    );
  }

  markSent(
    id: MessageId,
    recipient: PeerName,
    at: { partition: number; offset: bigint | undefined },
  ): void {
    this.#update(
      `state = 'sent', partition = ?, offset = ?, sent_at = ?, error = NULL`,
      [at.partition, at.offset, this.#clock()],
      { id, recipient },
    );
  }

  markQueued(
    to: { id: MessageId; recipient: PeerName },
    error: string,
    outcome: 'not-sent' | 'unknown',
  ): void {
    const uncertain = outcome === 'unknown' ? 1 : 0;
    this.#update(
      `state = 'queued', error = ?, uncertain = max(uncertain, ?)`,
      [error, uncertain],
      to,
    );
  }

  markFailed(id: MessageId, recipient: PeerName, error: string): void {
    this.#update(
      `state = 'failed', error = ?,
       uncertain = CASE state WHEN 'publishing' THEN 1 ELSE uncertain END`,
      [error],
      { id, recipient },
    );
  }

  /** To be called in a transaction. */
  forget(id: MessageId): boolean {
    const row = this.find(id);
    const hasLeft = ({ state, mayHaveLeft }: OutboxDelivery): boolean =>
      state === 'sent' || mayHaveLeft;
    if (row?.deliveries.some(hasLeft) !== false) return false;
    return this.#connection.run('DELETE FROM outbox WHERE number = ?', row.number) === 1;
  }

  /** Changes one delivery; one that has been sent stays so. */
  #update(
    change: string,
    values: readonly Bindable[],
    { id, recipient }: { id: MessageId; recipient: PeerName },
  ): void {
    const changed = this.#connection.run(
      `UPDATE deliveries SET ${change} WHERE recipient = ? AND state <> 'sent'
         AND message = (SELECT number FROM outbox WHERE id = ?)`,
      ...values,
      recipient,
      id,
    );
    if (changed === 1 || this.#isAddressed(id, recipient)) return;
    throw new MsgError('not-found', `the outbox has no message ${id} to ${recipient}`);
  }

  #isAddressed(id: MessageId, recipient: PeerName): boolean {
    return this.find(id)?.deliveries.some((one) => one.recipient === recipient) ?? false;
  }

  #insert(message: OutgoingMessage): void {
    const number = this.#connection
      .get(
        `INSERT INTO outbox (id, digest, kind, type, correlation_id, header, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number`,
        message.id,
        message.digest,
        message.kind,
        message.type,
        message.correlationId,
        message.header,
        this.#clock(),
      )
      ?.integer('number');
    this.#connection.run(
      'INSERT INTO outbox_sealed (number, sealed) VALUES (?, ?)',
      number,
      message.sealed,
    );
    for (const { recipient, topic } of message.deliveries) {
      this.#connection.run(
        'INSERT INTO deliveries (message, recipient, topic) VALUES (?, ?, ?)',
        number,
        recipient,
        topic,
      );
    }
  }

  #existing(id: MessageId): OutboxRow {
    const row = this.find(id);
    if (row === undefined) throw new MsgError('bug', `the outbox did not keep ${id}`);
    return row;
  }
}
