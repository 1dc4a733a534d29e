import type { Clock } from '../domain/environment.js';
import type { ItemException } from '../domain/attested.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import type { Answers } from './answers.js';
import type { AnsweredMessage, IncomingItem, IncomingMessage } from './port.js';
import type { Quarantine } from './quarantine.js';
import type { Requests } from './requests.js';
import { messageIdOf, positionValues, senderOf, sourceValues } from './rows.js';

const CONFLICT = 'id-conflict';

/** The messages of batches: each is claimed, delivered and settled by itself, its bytes with the batch. */
export class InboxItems {
  readonly #connection: Connection;
  readonly #quarantine: Quarantine;
  readonly #answers: Answers;
  readonly #requests: Requests;
  readonly #clock: Clock;

  constructor(
    connection: Connection,
    rooms: { quarantine: Quarantine; answers: Answers; requests: Requests; clock: Clock },
  ) {
    this.#connection = connection;
    this.#quarantine = rooms.quarantine;
    this.#answers = rooms.answers;
    this.#requests = rooms.requests;
    this.#clock = rooms.clock;
  }

  /**
   * Claims the messages of a batch that was just kept: new ones go to their sender's lane, known ones are
   * counted, and those whose id stands for other content go to quarantine, each alone. To be called in a
   * transaction.
   *
   * @returns how many went to quarantine.
   */
  unpack(container: number, batch: IncomingMessage, items: readonly IncomingItem[]): number {
    let conflicts = 0;
    for (const [place, item] of items.entries()) {
      const number = this.#claim(container, batch, item);
      if (number === undefined) conflicts++;
      this.#connection.run(
        'INSERT INTO inbox_items (container, place, number) VALUES (?, ?, ?)',
        ...[container, place, number],
      );
    }
    this.#answers.received(batch);
    this.#settle(container);
    return conflicts;
  }

  /** The batch came again, and with it what it was refused for. To be called in a transaction. */
  refuseAgain(container: number, batch: IncomingMessage, items: readonly IncomingItem[]): number {
    const refused = this.#connection
      .all('SELECT place FROM inbox_items WHERE container = ? AND number IS NULL', container)
      .flatMap((row) => items[row.integer('place')] ?? []);
    for (const item of refused) this.#refuse(container, batch, item);
    return refused.length;
  }

  /** A message was delivered, or went to quarantine; to be called in a transaction. */
  settled(number: number): void {
    for (const container of this.#containersOf(number)) this.#settle(container);
  }

  /** A message goes back to its lane; to be called in a transaction. */
  reopen(number: number): void {
    for (const container of this.#containersOf(number)) {
      this.#connection.run(
        `UPDATE inbox SET state = 'unpacked', done_at = NULL WHERE number = ? AND state = 'done'`,
        container,
      );
    }
  }

  /** The messages of a batch that a receipt of it does not speak for. */
  exceptions(
    { sender, id }: Pick<AnsweredMessage, 'sender' | 'id'>,
    says: 'received' | 'processed',
  ): readonly ItemException[] {
    const rows = this.#connection.all(
      `SELECT n.place, n.number IS NULL AS conflict,
         (SELECT reason FROM quarantine q WHERE q.message = i.number ORDER BY q.number DESC LIMIT 1)
           AS reason
       FROM inbox_items n LEFT JOIN inbox i ON i.number = n.number
       WHERE n.container = (SELECT number FROM inbox WHERE sender = ? AND id = ?)
         AND (n.number IS NULL OR ? AND i.state = 'quarantined')
       ORDER BY n.place`,
      ...[sender, id, says === 'processed' ? 1 : 0],
    );
    return rows.map((row) => ({
      at: row.integer('place'),
      reason: row.integer('conflict') === 1 ? CONFLICT : (row.textOrNone('reason') ?? 'refused'),
    }));
  }

  /** Gives the number of the message, new or known; undefined where its id stands for another one. */
  #claim(container: number, batch: IncomingMessage, item: IncomingItem): number | undefined {
    const known = this.#known(batch.sender, item.id);
    if (known === undefined) return this.#insert(batch, item);
    if (known.text('digest') !== item.digest) {
      this.#refuse(container, batch, item);
      return undefined;
    }
    const number = known.integer('number');
    this.#connection.run(
      `UPDATE inbox SET duplicates = duplicates + 1 WHERE number = ? AND NOT
         (cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ? AND offset = ?)`,
      ...[number, ...positionValues(batch.source), batch.source.offset],
    );
    return number;
  }

  #known(sender: PeerName, id: MessageId): Row | undefined {
    const sql = 'SELECT number, digest FROM inbox WHERE sender = ? AND id = ?';
    return this.#connection.get(sql, sender, id);
  }

  #insert(batch: IncomingMessage, item: IncomingItem): number | undefined {
    const { id, digest, type, correlationId, header } = item;
    const number = this.#connection
      .get(
        `INSERT INTO inbox (sender, id, digest, kind, type, correlation_id, header, signer, state,
           received_at, cluster_id, topic, topic_id, partition, offset, appended_at)
         VALUES (?, ?, ?, 'message', ?, ?, ?, ?, 'received', ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
        ...[batch.sender, id, digest, type, correlationId, header, batch.signer, this.#clock()],
        ...sourceValues(batch.source),
      )
      ?.integer('number');
    const { sender } = batch;
    if (number !== undefined) this.#requests.offer(number, { sender, correlationId, header });
    return number;
  }

  #refuse(container: number, { source, sender }: IncomingMessage, item: IncomingItem): void {
    const { id, digest } = item;
    this.#quarantine.addItem(container, id, {
      ...{ source, claimedSender: sender, claimedId: id, reason: CONFLICT },
      detail: `${sender} used the id ${id} before for other content; this one has digest ${digest}`,
    });
  }

  #containersOf(number: number): readonly number[] {
    return this.#connection
      .all('SELECT container FROM inbox_items WHERE number = ?', number)
      .map((row) => row.integer('container'));
  }

  /** The last message that was to be delivered makes the batch done, and its receipt due. */
  #settle(container: number): void {
    // From the end: messages are delivered in their order, so that is where one waits.
    const waits = this.#connection.get(
      `SELECT 1 FROM inbox_items n JOIN inbox i ON i.number = n.number
       WHERE n.container = ? AND i.state IN ('received', 'delivering', 'awaited') ORDER BY n.place DESC LIMIT 1`,
      container,
    );
    if (waits !== undefined) return;
    const batch = this.#connection.get(
      `UPDATE inbox SET state = 'done', done_at = ? WHERE number = ? AND state = 'unpacked'
       RETURNING sender, id, digest, correlation_id`,
      ...[this.#clock(), container],
    );
    if (batch !== undefined) this.#answers.processed(answered(batch));
  }
}

function answered(row: Row): AnsweredMessage {
  return {
    sender: senderOf(row),
    id: messageIdOf(row),
    digest: row.text('digest'),
    correlationId: row.textOrNone('correlation_id'),
  };
}
