import { ANSWERS, type Attested } from '../domain/attested.js';
import type { Clock } from '../domain/environment.js';
import { isMessageId, type MessageId } from '../domain/message-id.js';
import { isPeerName, type PeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import { conditions } from './conditions.js';
import type { Outbox } from './outbox.js';
import type { OutboxResends } from './outbox-resends.js';
import type {
  Answer,
  AnswerFilter,
  AnsweredMessage,
  AnswerRow,
  IncomingMessage,
  OutgoingMessage,
  ReceiptRequest,
} from './port.js';
import { checked, oneOf, readTextArray } from './rows.js';

const ATTESTED: readonly Attested[] = ['received', 'processed'];

/**
 * A message that comes again gets its answers again: whoever can write into the inbox could otherwise
 * have one send without end. For each answer at most once in this time, in milliseconds.
 */
const REPEAT_INTERVAL = 60_000;
/** For all answers to one peer, at most so many within that time. */
const MOST_REPEATS = 60;

/** Where answers go out. */
interface AnswerRooms {
  readonly outbox: Outbox;
  readonly resends: OutboxResends;
  readonly clock: Clock;
}

/** What received messages are answered with. */
export class Answers {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #resends: OutboxResends;
  readonly #clock: Clock;

  constructor(connection: Connection, { outbox, resends, clock }: AnswerRooms) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#resends = resends;
    this.#clock = clock;
  }

  /** A message has come that may ask for receipts; to be called in a transaction. */
  begin(message: IncomingMessage, answer: Answer | undefined): void {
    if (message.request !== undefined) this.#keepRequest(message, message.request);
    if (answer !== undefined) this.give(answer);
  }

  request(sender: PeerName, id: MessageId): ReceiptRequest | undefined {
    const row = this.#connection.get(
      'SELECT * FROM receipt_requests WHERE sender = ? AND id = ?',
      ...[sender, id],
    );
    return row && readRequest(row);
  }

  isGiven({
    sender,
    id,
    digest,
    says,
  }: Pick<Answer, 'sender' | 'id' | 'digest' | 'says'>): boolean {
    const row = this.#connection.get(
      'SELECT 1 FROM answers WHERE sender = ? AND id = ? AND digest = ? AND says = ?',
      ...[sender, id, digest, says],
    );
    return row !== undefined;
  }

  /** Gives an answer once, its bytes with it where there are any; to be called in a transaction. */
  give(answer: Answer): void {
    const { sender, id, digest, says, reason, detail, correlationId, outgoing } = answer;
    const given = this.#connection.run(
      `INSERT INTO answers (sender, id, digest, says, reason, detail, correlation_id, answer, made_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ...[sender, id, digest, says, reason, detail, correlationId, outgoing?.id, this.#clock()],
    );
    if (given === 1 && outgoing !== undefined) this.#outbox.enqueue(outgoing);
  }

  /**
   * All chunks of a message are there, or all messages of a batch: its receipt is owed, if it wants one;
   * to be called in a transaction.
   */
  received(message: AnsweredMessage): void {
    const wants = this.request(message.sender, message.id)?.wants;
    if (wants?.includes('received') === true) this.#owe(message, { says: 'received' });
  }

  /**
   * Nothing of a batch is left to be delivered: its receipt is owed, if it wants one, and owed anew where
   * something of it was tried again since; to be called in a transaction.
   */
  processed(batch: AnsweredMessage): void {
    const { sender, id, digest } = batch;
    if (this.request(sender, id)?.wants.includes('processed') !== true) return;
    const again = this.#connection.run(
      `UPDATE answers SET answer = NULL, tries = 0, retry_at = 0
       WHERE sender = ? AND id = ? AND digest = ? AND says = 'processed'`,
      ...[sender, id, digest],
    );
    if (again === 0) this.#owe(batch, { says: 'processed' });
  }

  /** A message that asks for receipts was refused for good; to be called in a transaction. */
  reject(
    message: AnsweredMessage,
    { reason, detail }: { readonly reason: string; readonly detail: string },
  ): void {
    this.#owe(message, { says: 'rejected', reason, detail });
  }

  /** As {@link Answers.reject}, for a message of which only the ledger knows whether it asks. */
  rejectKnown(
    message: AnsweredMessage,
    why: { readonly reason: string; readonly detail: string },
  ): void {
    if (this.request(message.sender, message.id) !== undefined) this.reject(message, why);
  }

  /**
   * A message came again, so its answers go out again, or at last; to be called in a transaction.
   *
   * @param first what it would be answered with if it had come for the first time.
   */
  repeat({ sender, id, digest }: AnsweredMessage, first: Answer | undefined): void {
    if (first !== undefined) this.give(first);
    const since = this.#clock() - REPEAT_INTERVAL;
    const rows = this.#connection.all(
      `SELECT number, answer FROM answers
       WHERE sender = ? AND id = ? AND digest = ? AND answer IS NOT NULL
         AND coalesce(repeated_at, made_at) <= ?
         AND (SELECT count(*) FROM answers WHERE sender = ? AND repeated_at > ?) < ?`,
      ...[sender, id, digest, since, sender, since, MOST_REPEATS],
    );
    for (const row of rows) {
      if (!this.#resends.toAll(checked(row.text('answer'), isMessageId))) continue;
      this.#connection.run(
        'UPDATE answers SET repeats = repeats + 1, repeated_at = ? WHERE number = ?',
        ...[this.#clock(), row.integer('number')],
      );
    }
  }

  owed(limit: number): readonly AnswerRow[] {
    return this.#connection
      .all(
        `SELECT * FROM answers WHERE answer IS NULL AND retry_at <= ? ORDER BY retry_at, number LIMIT ?`,
        ...[this.#clock(), limit],
      )
      .map(readAnswer);
  }

  /** To be called in a transaction. */
  pay(number: number, outgoing: OutgoingMessage): boolean {
    const paid = this.#connection.run(
      'UPDATE answers SET answer = ? WHERE number = ? AND answer IS NULL',
      ...[outgoing.id, number],
    );
    if (paid === 1) this.#outbox.enqueue(outgoing);
    return paid === 1;
  }

  postpone(number: number, retryAt: number): void {
    this.#connection.run(
      'UPDATE answers SET tries = tries + 1, retry_at = ? WHERE number = ? AND answer IS NULL',
      ...[retryAt, number],
    );
  }

  forgive(number: number): void {
    this.#connection.run('DELETE FROM answers WHERE number = ? AND answer IS NULL', number);
  }

  list(filter: AnswerFilter): readonly AnswerRow[] {
    const { where, values } = conditions([
      filter.id && ['id = ?', filter.id],
      filter.peer && ['sender = ?', filter.peer],
      filter.says && ['says = ?', filter.says],
      filter.since === undefined ? undefined : ['made_at >= ?', filter.since],
      filter.until === undefined ? undefined : ['made_at < ?', filter.until],
    ]);
    return this.#connection
      .all(
        `SELECT * FROM answers ${where} ORDER BY made_at DESC, number DESC LIMIT ?`,
        ...values,
        filter.limit ?? -1,
      )
      .map(readAnswer)
      .reverse();
  }

  #owe(
    { sender, id, digest, correlationId }: AnsweredMessage,
    words: Pick<Answer, 'says' | 'reason' | 'detail'>,
  ): void {
    this.give({ sender, id, digest, correlationId, ...words, outgoing: undefined });
  }

  #keepRequest(message: AnsweredMessage, request: ReceiptRequest): void {
    this.#connection.run(
      `INSERT INTO receipt_requests (sender, id, digest, wants, correlation_id, content, msg_sig_digest)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ...[message.sender, message.id, message.digest, JSON.stringify(request.wants)],
      ...[message.correlationId, request.content, request.msgSigDigest],
    );
  }
}

function readRequest(row: Row): ReceiptRequest {
  return {
    wants: readTextArray(row.text('wants')).map((word) => oneOf(ATTESTED, word)),
    content: row.bytes('content'),
    msgSigDigest: row.bytes('msg_sig_digest'),
  };
}

function readAnswer(row: Row): AnswerRow {
  const answer = row.textOrNone('answer');
  return {
    number: row.integer('number'),
    sender: checked(row.text('sender'), isPeerName),
    id: checked(row.text('id'), isMessageId),
    digest: row.text('digest'),
    says: oneOf(ANSWERS, row.text('says')),
    reason: row.textOrNone('reason'),
    detail: row.textOrNone('detail'),
    correlationId: row.textOrNone('correlation_id'),
    answer: answer === undefined ? undefined : checked(answer, isMessageId),
    madeAt: row.integer('made_at'),
    tries: row.integer('tries'),
    repeats: row.integer('repeats'),
  };
}
