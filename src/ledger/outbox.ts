import type { Clock } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type {
  DeliveryKey,
  EnqueueOutcome,
  LaneKind,
  OutboxDelivery,
  OutboxRow,
  OutgoingMessage,
  PublishLease,
  RequeuedDelivery,
  SealedAnew,
  SentDelivery,
} from './port.js';
import type { Heads } from './heads.js';
import type { OutboxItems } from './outbox-items.js';
import type { OutboxSealed } from './outbox-sealed.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { Receipts } from './receipts.js';
import { notInOutbox } from './outbox-refusals.js';
import { readDelivery, readOutbox } from './rows.js';

/** The rooms that an outgoing message leaves something in. */
interface OutboxRooms {
  readonly files: OutgoingFiles;
  readonly heads: Heads;
  readonly items: OutboxItems;
  readonly receipts: Receipts;
  readonly sealed: OutboxSealed;
  readonly clock: Clock;
}

/** What goes out: kept before anything leaves, the sealed bytes included. */
export class Outbox {
  readonly #connection: Connection;
  readonly #files: OutgoingFiles;
  readonly #heads: Heads;
  readonly #items: OutboxItems;
  readonly #receipts: Receipts;
  readonly #sealed: OutboxSealed;
  readonly #clock: Clock;

  constructor(
    connection: Connection,
    { files, heads, items, receipts, sealed, clock }: OutboxRooms,
  ) {
    this.#connection = connection;
    this.#files = files;
    this.#heads = heads;
    this.#items = items;
    this.#receipts = receipts;
    this.#sealed = sealed;
    this.#clock = clock;
  }

  /** To be called in a transaction. */
  enqueue(message: OutgoingMessage, begin?: PublishLease): EnqueueOutcome {
    const known = this.findAny(message.id);
    if (known !== undefined) {
      return { outcome: known.digest === message.digest ? 'known' : 'conflict', row: known };
    }
    return { outcome: 'kept', row: this.keep(message, { begin }) };
  }

  /** Keeps a message with an id that nobody has had. To be called in a transaction. */
  keep(message: OutgoingMessage, { begin, number: given }: Keeping = {}): OutboxRow {
    const { id, digest, kind, type, correlationId, header, signer, expiresAt } = message;
    const createdAt = this.#clock();
    const number = this.#insert(message, { createdAt, begin, number: given });
    this.#heads.follow(message);
    const deliveries = this.deliveries(number);
    const what = { id, digest, kind, type, correlationId, header, signer };
    return { number, ...what, createdAt, expiresAt, deliveries };
  }

  find(id: MessageId): OutboxRow | undefined {
    const row = this.#connection.get('SELECT * FROM outbox WHERE id = ?', id);
    return row && readOutbox(row, this.deliveries(row.integer('number')));
  }

  /** Also one that went in a batch. */
  findAny(id: MessageId): OutboxRow | undefined {
    const alone = this.find(id);
    if (alone !== undefined) return alone;
    const item = this.#items.find(id);
    const batch = item && this.row(item.batch);
    return batch && item.as(batch);
  }

  /** Takes the row number. */
  row(number: number): OutboxRow | undefined {
    const row = this.#connection.get('SELECT * FROM outbox WHERE number = ?', number);
    return row && readOutbox(row, this.deliveries(number));
  }

  deliveries(number: number): readonly OutboxDelivery[] {
    return this.#connection.all(DELIVERIES, number).map(readDelivery);
  }

  pending(): readonly OutboxRow[] {
    return this.#connection
      .all(
        `SELECT * FROM outbox WHERE number IN (SELECT message FROM deliveries
           WHERE state IN ('queued', 'publishing', 'failed', 'expired')) ORDER BY number`,
      )
      .map((row) => readOutbox(row, this.deliveries(row.integer('number'))));
  }

  /** A publish that is begun anew, with none ended in between, was cut short: it may have left. */
  beginPublish({ id, recipient }: DeliveryKey, lease: PublishLease): boolean {
    const begun = this.#connection.run(
      `UPDATE deliveries SET ${BEGIN}
       WHERE message = (SELECT number FROM outbox WHERE id = ?3) AND recipient = ?4
         AND (state IN ('queued', 'failed')
           OR state = 'publishing' AND (owner IS ?1 OR coalesce(lease_until, 0) <= ?5))`,
      ...[lease.owner, lease.until, id, recipient, this.#clock()],
    );
    if (begun === 0) this.#requireAddressed({ id, recipient });
    else this.#heads.unvoid({ id, recipient });
    return begun === 1;
  }

  /** To be called in a transaction. */
  markSent(sent: SentDelivery): void {
    this.update(
      `state = 'sent', partition = ?, offset = ?, sent_at = ?, error = NULL`,
      [sent.partition, sent.offset, this.#clock()],
      sent,
    );
    this.#sealed.close(sent.id);
  }

  markQueued(back: RequeuedDelivery): void {
    this.update(
      `state = 'queued', error = ?, uncertain = max(uncertain, ?), next_attempt_at = ?`,
      [back.error, back.outcome === 'unknown' ? 1 : 0, back.retryAt],
      back,
    );
  }

  putBack(key: DeliveryKey): void {
    this.update(`state = 'queued', attempts = max(attempts - 1, 0)`, [], key);
  }

  redirect(key: DeliveryKey, topic: string): void {
    const { id, recipient } = key;
    const sql = `UPDATE deliveries SET topic = ? WHERE recipient = ? AND message = ${NUMBER_OF}`;
    if (this.#connection.run(sql, topic, recipient, id) === 0) throw notInOutbox(id, recipient);
  }

  /** To be called in a transaction. */
  retry(id: MessageId): number {
    const failed = this.find(id)?.deliveries.filter(({ state }) => state === 'failed') ?? [];
    for (const { recipient } of failed) {
      this.update(`state = 'queued', next_attempt_at = 0`, [], { id, recipient });
      this.#heads.unvoid({ id, recipient });
    }
    return failed.length;
  }

  /** To be called in a transaction. */
  reseal(id: MessageId, anew: SealedAnew): void {
    const { header, signer, original } = anew;
    // The former one stays: a recipient may have got those bytes after all.
    if (original !== undefined) this.#receipts.keepOriginal(original);
    const row = this.#connection.get(
      'UPDATE outbox SET header = ?, signer = ? WHERE id = ? RETURNING number',
      ...[header, signer, id],
    );
    if (row === undefined) throw notInOutbox(id);
    this.#sealed.keep(row.integer('number'), anew);
  }

  /** To be called in a transaction. */
  forget(id: MessageId): boolean {
    const row = this.find(id);
    const hasLeft = ({ state, mayHaveLeft }: OutboxDelivery): boolean =>
      state === 'sent' || mayHaveLeft;
    if (row?.deliveries.some(hasLeft) !== false) return false;
    this.#receipts.forgetOriginals(id);
    for (const { recipient, state } of row.deliveries) {
      // What is over was taken back when it ended.
      if (state === 'queued' || state === 'publishing') this.#heads.takeBack({ id, recipient });
    }
    return this.#connection.run('DELETE FROM outbox WHERE number = ?', row.number) === 1;
  }

  /** Changes one delivery and ends its lease; one that has been sent stays so. */
  update(change: string, values: readonly Bindable[], key: DeliveryKey): void {
    const changed = this.#connection.run(
      `UPDATE deliveries SET ${change}, owner = NULL, lease_until = NULL
       WHERE recipient = ? AND state <> 'sent' AND message = ${NUMBER_OF}`,
      ...values,
      key.recipient,
      key.id,
    );
    if (changed === 0) this.#requireAddressed(key);
  }

  #requireAddressed({ id, recipient }: DeliveryKey): void {
    const isAddressed = this.find(id)?.deliveries.some((one) => one.recipient === recipient);
    if (isAddressed !== true) throw notInOutbox(id, recipient);
  }

  #insert(
    message: OutgoingMessage,
    { createdAt, begin, number: given }: Keeping & { readonly createdAt: number },
  ): number {
    const { id, digest, kind, type, correlationId, signer, header, expiresAt } = message;
    const number = this.#connection
      .get(
        `INSERT INTO outbox (number, id, digest, kind, type, correlation_id, signer, header, expires_at,
           created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
        ...[given, id, digest, kind, type, correlationId, signer, header, expiresAt, createdAt],
      )
      ?.integer('number');
    if (number === undefined) throw new MsgError('bug', `the outbox did not keep ${id}`);
    this.#sealed.keep(number, message);
    for (const original of message.originals ?? []) this.#receipts.keepOriginal(original);
    if (message.file !== undefined) this.#files.keep(number, message.file);
    if (message.items !== undefined) this.#items.keep(number, message.items);
    for (const { recipient, topic } of message.deliveries) {
      this.#connection.run(
        `INSERT INTO deliveries (message, recipient, topic, lane, state, attempts, owner, lease_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[number, recipient, topic, laneKindOf(kind)],
        ...(begin === undefined ? ['queued', 0] : ['publishing', 1, begin.owner, begin.until]),
        ...(begin === undefined ? [undefined, undefined] : []),
      );
    }
    return number;
  }
}

/** How a message is kept; with `begin` the publish of its deliveries begins. */
interface Keeping {
  readonly begin?: PublishLease | undefined;
  readonly number?: number | undefined;
}

/** Takes the row number of the message. */
const DELIVERIES = `SELECT *, EXISTS (SELECT 1 FROM outgoing_files f
    WHERE f.message = d.message AND f.recipient = d.recipient) AS in_chunks
  FROM deliveries d WHERE message = ? ORDER BY recipient`;

const NUMBER_OF = '(SELECT number FROM outbox WHERE id = ?)';

/** Takes owner, end of the lease. */
export const BEGIN = `state = 'publishing', owner = ?1, lease_until = ?2, attempts = attempts + 1,
  uncertain = CASE state WHEN 'publishing' THEN 1 ELSE uncertain END`;

/** What a kind of message waits for. */
export function laneKindOf(kind: string): LaneKind {
  return kind === 'receipt' || kind === 'rejected' ? 'answers' : 'messages';
}
