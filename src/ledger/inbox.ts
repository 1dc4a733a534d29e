import type { Clock } from '../domain/environment.js';
import type { MessageId } from '../domain/message-id.js';
import type { InboxState } from '../domain/message-states.js';
import type { Connection } from '../sqlite/connection.js';
import type { Gaps } from './gaps.js';
import type { InboxItems } from './inbox-items.js';
import type { IncomingFiles } from './incoming-files.js';
import type {
  Answer,
  ClaimOutcome,
  InboxRow,
  IncomingItem,
  IncomingMessage,
  IncomingRecord,
  LogPosition,
  ReceivedChunk,
  RecordSource,
} from './port.js';
import type { Answers } from './answers.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { Quarantine } from './quarantine.js';
import type { Receipts } from './receipts.js';
import { belowFloor, conflicting } from './refusals.js';
import type { Requests } from './requests.js';
import { INBOX_COLUMNS, positionValues, readInbox, sourceValues } from './rows.js';

/** What came in, once each, and how far the log has been read. */
export class Inbox {
  readonly #connection: Connection;
  readonly #quarantine: Quarantine;
  readonly #items: InboxItems;
  readonly #files: IncomingFiles;
  readonly #gaps: Gaps;
  readonly #outgoing: OutgoingFiles;
  readonly #receipts: Receipts;
  readonly #answers: Answers;
  readonly #requests: Requests;
  readonly #clock: Clock;

  constructor(
    connection: Connection,
    rooms: {
      quarantine: Quarantine;
      items: InboxItems;
      files: IncomingFiles;
      gaps: Gaps;
      outgoing: OutgoingFiles;
      receipts: Receipts;
      answers: Answers;
      requests: Requests;
      clock: Clock;
    },
  ) {
    this.#connection = connection;
    this.#quarantine = rooms.quarantine;
    this.#items = rooms.items;
    this.#files = rooms.files;
    this.#gaps = rooms.gaps;
    this.#outgoing = rooms.outgoing;
    this.#receipts = rooms.receipts;
    this.#answers = rooms.answers;
    this.#requests = rooms.requests;
    this.#clock = rooms.clock;
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
    switch (record.outcome) {
      case 'message':
        return this.#claim(record.message, record.answer, () => {
          this.#insert(record.message);
          return 'new';
        });
      case 'batch':
        return this.#keepBatch(record.message, record.items);
      case 'manifest':
        return this.#claim(record.message, undefined, () =>
          this.#files.announce(record.message, record.file, record.limits),
        );
      case 'chunk':
        return this.#keepChunk(record.chunk);
      case 'abort':
        return this.#files.abort(record.fileId, record.refused) ? 'refused' : 'stale';
      case 'orphan':
        return this.#files.countOrphan(record.fileId, record.size);
      case 'receipt':
        this.#outgoing.answered(record.receipt);
        return this.#receipts.add(record.receipt);
      case 'refused':
        this.#quarantine.add(record.refused);
        if (record.naming !== undefined) this.#gaps.arrived(record.naming);
        if (record.answer !== undefined) this.#answers.give(record.answer);
        return record.refused.lane === undefined ? 'refused' : 'unjudged';
    }
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
      .get(
        `SELECT sealed FROM inbox_sealed WHERE number = ?1
           OR number IN (SELECT container FROM inbox_items WHERE number = ?1) LIMIT 1`,
        number,
      )
      ?.bytes('sealed');
  }

  /** A message in quarantine goes back to its lane; to be called in a transaction. */
  requeue(number: number): void {
    this.#connection.run(
      `UPDATE inbox SET state = 'received', done_at = NULL, spared = attempts
       WHERE number = ? AND state = 'quarantined'`,
      number,
    );
    this.#items.reopen(number);
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

  /** The last chunk that was missing makes a message of its file, or a case for the quarantine. */
  #keepChunk({ file, index, end }: ReceivedChunk): ClaimOutcome {
    const noted = this.#files.note(file, index);
    if (end === undefined) return noted;
    if (!end.isWhole) {
      const why = { reason: 'damaged', detail: end.detail };
      const failed = this.#files.fail(file, why);
      if (failed === undefined) return 'stale';
      this.#answers.rejectKnown(failed, why);
      return 'refused';
    }
    const whole = this.#files.takeWhole(file);
    if (whole === undefined) return noted;
    this.#files.keepSpooled({ number: this.#insert(whole), file: end.spooledAs }, whole.fileId);
    this.#answers.received(whole);
    return 'new';
  }

  #claim(
    message: IncomingMessage,
    answer: Answer | undefined,
    keep: () => ClaimOutcome,
  ): ClaimOutcome {
    const digest = this.#files.digestOf(message);
    if (digest !== undefined) return this.#compare(message, digest);
    const known = this.#connection.get(
      `SELECT number, digest, cluster_id, topic, topic_id, partition, offset
       FROM inbox WHERE sender = ? AND id = ?`,
      message.sender,
      message.id,
    );
    if (known === undefined) {
      if (this.#quarantine.isDropped(message.source)) return 'dropped';
      if (this.#isBelowFloor(message)) {
        this.#quarantine.add(belowFloor(message));
        return 'refused';
      }
      const kept = keep();
      if (message.naming !== undefined) this.#gaps.arrived(message.naming);
      if (kept !== 'refused') this.#answers.begin(message, answer);
      return kept;
    }
    const outcome = this.#compare(message, known.text('digest'));
    if (outcome === 'conflict') return outcome;
    const repeated = this.#connection.run(
      `UPDATE inbox SET duplicates = duplicates + 1 WHERE number = ? AND NOT
         (cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ? AND offset = ?)`,
      known.integer('number'),
      ...positionValues(message.source),
      message.source.offset,
    );
    if (repeated === 1) this.#answers.repeat(message, answer);
    return 'duplicate';
  }

  #compare(message: IncomingMessage, known: string): 'duplicate' | 'conflict' {
    if (known === message.digest) return 'duplicate';
    const refused = conflicting(message);
    this.#quarantine.add(refused);
    if (message.request !== undefined) this.#answers.reject(message, refused);
    return 'conflict';
  }

  /** The batch is claimed as a whole, then each of its messages. */
  #keepBatch(batch: IncomingMessage, items: readonly IncomingItem[]): ClaimOutcome {
    const outcome = this.#claim(batch, undefined, () => {
      this.#insert(batch, 'unpacked');
      return 'new';
    });
    if (outcome !== 'new' && outcome !== 'duplicate') return outcome;
    const number = this.#connection
      .get('SELECT number FROM inbox WHERE sender = ? AND id = ?', batch.sender, batch.id)
      ?.integer('number');
    if (number === undefined) return outcome;
    const conflicts =
      outcome === 'new'
        ? this.#items.unpack(number, batch, items)
        : this.#items.refuseAgain(number, batch, items);
    return conflicts > 0 ? 'conflict' : outcome;
  }

  /** Its id may be one of those that were pruned: nobody can tell whether it was delivered. */
  #isBelowFloor({ sender, header }: IncomingMessage): boolean {
    const row = this.#connection.get(
      `SELECT 1 FROM floors WHERE sender = ? AND sent_until >= json_extract(?, '$.sent')`,
      ...[sender, header],
    );
    return row !== undefined;
  }

  #insert(message: IncomingMessage, state: InboxState = 'received'): number {
    const number =
      this.#connection
        .get(
          `INSERT INTO inbox (sender, id, digest, kind, type, correlation_id, header, signer, state,
         received_at, cluster_id, topic, topic_id, partition, offset, appended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
          message.sender,
          message.id,
          message.digest,
          message.kind,
          message.type,
          message.correlationId,
          message.header,
          message.signer,
          state,
          this.#clock(),
          ...sourceValues(message.source),
        )
        ?.integer('number') ?? 0;
    this.#connection.run(
      'INSERT INTO inbox_sealed (number, sealed) VALUES (?, ?)',
      number,
      message.sealed,
    );
    this.#requests.offer(number, message);
    return number;
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
