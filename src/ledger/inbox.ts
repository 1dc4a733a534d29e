import type { Clock } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { Connection } from '../sqlite/connection.js';
import type {
  ClaimOutcome,
  InboxRow,
  IncomingMessage,
  IncomingRecord,
  LogPosition,
  RecordSource,
} from './port.js';
import type { Quarantine } from './quarantine.js';
import { INBOX_COLUMNS, positionValues, readInbox, sourceValues } from './rows.js';

/** What came in, once each, and how far the log has been read. */
export class Inbox {
  readonly #connection: Connection;
  readonly #quarantine: Quarantine;
  readonly #clock: Clock;

  constructor(connection: Connection, quarantine: Quarantine, clock: Clock) {
    this.#connection = connection;
    this.#quarantine = quarantine;
    this.#clock = clock;
  }

  /** Keeps a batch and the position after it, all or nothing. */
  receive(
    records: readonly IncomingRecord[],
    next: RecordSource | undefined,
  ): readonly ClaimOutcome[] {
    return this.#connection.transaction(() => {
      const outcomes = records.map((record) => this.keep(record));
      if (next !== undefined) this.#advance(next, next.offset);
      return outcomes;
    });
  }

  /** To be called in a transaction. */
  keep(record: IncomingRecord): ClaimOutcome {
    if (record.outcome === 'message') return this.#claim(record.message);
    this.#quarantine.add(record.refused);
    return 'refused';
  }

  position(at: LogPosition): bigint | undefined {
    return this.#connection
      .get(
        `SELECT next_offset FROM positions
         WHERE cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ?`,
        ...positionValues(at),
      )
      ?.bigint('next_offset');
  }

  movePosition(at: LogPosition, next: bigint): void {
    this.#connection.transaction(() => {
      this.#connection.run(
        `DELETE FROM positions
         WHERE cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ?`,
        ...positionValues(at),
      );
      this.#advance(at, next);
    });
  }

  find(id: MessageId): readonly InboxRow[] {
    return this.#connection
      .all(`SELECT ${INBOX_COLUMNS} FROM inbox i WHERE i.id = ? ORDER BY i.number`, id)
      .map(readInbox);
  }

  sealed(number: number): Uint8Array | undefined {
    return this.#connection
      .get('SELECT sealed FROM inbox_sealed WHERE number = ?', number)
      ?.bytes('sealed');
  }

  /** A message in quarantine goes back to its lane; to be called in a transaction. */
  requeue(number: number): void {
    this.#connection.run(
      `UPDATE inbox SET state = 'received', done_at = NULL, spared = attempts
       WHERE number = ? AND state = 'quarantined'`,
      number,
    );
  }

  /** Lets the sealed bytes go; the message stays known. */
  dropSealed(number: number): void {
    this.#connection.run('DELETE FROM inbox_sealed WHERE number = ?', number);
  }

  undelivered(): number {
    const row = this.#connection.get(
      `SELECT count(*) AS count FROM inbox WHERE state IN ('received', 'delivering')`,
    );
    return row?.integer('count') ?? 0;
  }

  #claim(message: IncomingMessage): ClaimOutcome {
    const known = this.#connection.get(
      `SELECT number, digest, cluster_id, topic, topic_id, partition, offset
       FROM inbox WHERE sender = ? AND id = ?`,
      message.sender,
      message.id,
    );
    if (known === undefined) {
      if (this.#quarantine.isDropped(message.source)) return 'dropped';
      this.#insert(message);
      return 'new';
    }
    if (known.text('digest') !== message.digest) {
      this.#quarantine.add(conflicting(message));
      return 'conflict';
    }
    this.#connection.run(
      `UPDATE inbox SET duplicates = duplicates + 1 WHERE number = ? AND NOT
         (cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ? AND offset = ?)`,
      known.integer('number'),
      ...positionValues(message.source),
      message.source.offset,
    );
    return 'duplicate';
  }

  #insert(message: IncomingMessage): void {
    const row = this.#connection.get(
      `INSERT INTO inbox (sender, id, digest, kind, type, correlation_id, header, signer, state,
         received_at, cluster_id, topic, topic_id, partition, offset, appended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'received', ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
      message.sender,
      message.id,
      message.digest,
      message.kind,
      message.type,
      message.correlationId,
      message.header,
      message.signer,
      this.#clock(),
      ...sourceValues(message.source),
    );
    this.#connection.run(
      'INSERT INTO inbox_sealed (number, sealed) VALUES (?, ?)',
      row?.integer('number'),
      message.sealed,
    );
  }

  #advance(at: LogPosition, next: bigint): void {
    this.#connection.run(
      `INSERT INTO positions (cluster_id, topic, topic_id, partition, next_offset, updated_at)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset,
         updated_at = excluded.updated_at WHERE excluded.next_offset > next_offset`,
      ...positionValues(at),
      next,
      this.#clock(),
    );
  }
}

function conflicting({ source, sender, id, digest, sealed }: IncomingMessage) {
  return {
    source,
    claimedSender: sender,
    claimedId: id,
    reason: 'id-conflict',
    detail: `${sender} used the id ${id} before for other content; this one has digest ${digest}`,
    sealed,
  };
}
