import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';
import type { Answers } from './answers.js';
import type {
  Answer,
  AwaitedReply,
  Delivery,
  InboxRow,
  IncomingMessage,
  ReplyKey,
} from './port.js';
import { INBOX_COLUMNS, readInbox } from './rows.js';

type IsGone = (owner: string) => boolean;

/** It names the question, or nothing but its correlation id. */
const ANSWERS_IT = `sender = ?1 AND correlation_id = ?2
  AND coalesce(json_extract(header, '$.replyTo'), ?3) = ?3`;

/** What tells whether a message is a reply. */
type Offered = Pick<IncomingMessage, 'sender' | 'correlationId' | 'header'>;

/** Replies that somebody waits for. */
export class Requests {
  readonly #connection: Connection;
  readonly #answers: Answers;
  readonly #clock: Clock;

  constructor(connection: Connection, answers: Answers, clock: Clock) {
    this.#connection = connection;
    this.#answers = answers;
    this.#clock = clock;
  }

  /** To be called in a transaction. */
  begin(awaited: AwaitedReply, isGone: IsGone): boolean {
    this.releaseAbandoned(isGone);
    const { request, peer, correlationId, owner, until } = awaited;
    const known = this.#connection.get('SELECT 1 FROM awaited_replies WHERE request = ?', request);
    if (known !== undefined) return false;
    this.#connection.run(
      `INSERT INTO awaited_replies (request, peer, correlation_id, owner, until)
       VALUES (?, ?, ?, ?, ?)`,
      ...[request, peer, correlationId, owner, until],
    );
    const waiting = this.#connection.get(
      `SELECT number FROM inbox WHERE ${ANSWERS_IT} AND state = 'received' ORDER BY number LIMIT 1`,
      ...[peer, correlationId, request],
    );
    if (waiting !== undefined) this.#assign(request, waiting.integer('number'));
    return true;
  }

  /** A message was put into the inbox: it goes to whoever waits for it. In the same transaction. */
  offer(number: number, { sender, correlationId, header }: Offered): void {
    const awaited = this.#connection.get(
      `SELECT request FROM awaited_replies
       WHERE peer = ?1 AND reply IS NULL AND until > ?4 AND (
         request = json_extract(?3, '$.replyTo')
         OR correlation_id = ?2 AND json_extract(?3, '$.replyTo') IS NULL)
       ORDER BY request LIMIT 1`,
      ...[sender, correlationId, header, this.#clock()],
    );
    if (awaited !== undefined) this.#assign(awaited.text('request'), number);
  }

  extend({ request, owner }: ReplyKey, until: number): void {
    this.#connection.run(
      'UPDATE awaited_replies SET until = ? WHERE request = ? AND owner = ?',
      ...[until, request, owner],
    );
  }

  take({ request, owner }: ReplyKey, until: number): Delivery | undefined {
    // Looking takes no write lock: whoever waits looks often.
    const row = this.#connection.get(
      `SELECT ${INBOX_COLUMNS} FROM inbox i JOIN awaited_replies a ON a.reply = i.number
       WHERE a.request = ? AND a.owner = ?`,
      ...[request, owner],
    );
    if (row === undefined) return undefined;
    const taken = this.#connection.run(
      `UPDATE awaited_replies SET until = max(until, ?)
       WHERE request = ? AND owner = ? AND reply IS NOT NULL`,
      ...[until, request, owner],
    );
    return taken === 1 ? readInbox(row) : undefined;
  }

  delivered({ request, owner }: ReplyKey): InboxRow | undefined {
    const awaited = this.#connection.get(
      'SELECT peer, correlation_id FROM awaited_replies WHERE request = ? AND owner = ?',
      ...[request, owner],
    );
    if (awaited === undefined) return undefined;
    const row = this.#connection.get(
      `SELECT ${INBOX_COLUMNS} FROM inbox i WHERE ${ANSWERS_IT} AND state = 'done'
       ORDER BY number LIMIT 1`,
      ...[awaited.text('peer'), awaited.text('correlation_id'), request],
    );
    return row && readInbox(row);
  }

  /** To be called in a transaction; gives the number of the reply that is done now. */
  complete({ request, owner }: ReplyKey, answer?: Answer): number | undefined {
    const ended = this.#connection.get(
      `DELETE FROM awaited_replies WHERE request = ? AND owner = ? AND reply IS NOT NULL
       RETURNING reply`,
      ...[request, owner],
    );
    if (ended === undefined) return undefined;
    const reply = ended.integer('reply');
    this.#connection.run(
      `UPDATE inbox SET state = 'done', done_at = ?, attempts = attempts + 1
       WHERE number = ? AND state = 'awaited'`,
      ...[this.#clock(), reply],
    );
    if (answer !== undefined) this.#answers.give(answer);
    return reply;
  }

  /** To be called in a transaction. */
  end({ request, owner }: ReplyKey): void {
    this.#end(request, owner);
  }

  /** Whether somebody is over that waited. */
  hasAbandoned(isGone: IsGone): boolean {
    return this.#abandoned(isGone).length > 0;
  }

  /** Whoever waits no more leaves its reply to the lane; to be called in a transaction. */
  releaseAbandoned(isGone: IsGone): number {
    const over = this.#abandoned(isGone);
    for (const { request, owner } of over) this.#end(request, owner);
    return over.length;
  }

  #abandoned(isGone: IsGone): readonly { readonly request: string; readonly owner: string }[] {
    const now = this.#clock();
    return this.#connection
      .all('SELECT request, owner, until FROM awaited_replies')
      .filter((row) => row.integer('until') <= now || isGone(row.text('owner')))
      .map((row) => ({ request: row.text('request'), owner: row.text('owner') }));
  }

  #end(request: string, owner: string): void {
    const ended = this.#connection.get(
      'DELETE FROM awaited_replies WHERE request = ? AND owner = ? RETURNING reply',
      ...[request, owner],
    );
    const reply = ended?.integerOrNone('reply');
    if (reply === undefined) return;
    this.#connection.run(
      `UPDATE inbox SET state = 'received' WHERE number = ? AND state = 'awaited'`,
      reply,
    );
  }

  #assign(request: string, number: number): void {
    this.#connection.run('UPDATE awaited_replies SET reply = ? WHERE request = ?', number, request);
    this.#connection.run(`UPDATE inbox SET state = 'awaited' WHERE number = ?`, number);
  }
}
