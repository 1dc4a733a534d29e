import type { Clock } from '../domain/environment.js';
import { messageIdTime, type MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import type { MissingCount, MissingMessage, NamingMessage, StreamLedger } from './port.js';
import { messageIdOf, senderOf } from './rows.js';

/** So many messages of one sender are missed at a time: whoever names what never was fills no disk. */
const MOST_MISSING = 1_000;

/** Whether the message `?2` of the sender `?1`, made at `?3`, came, or may have come and been pruned. */
const IS_KNOWN = `
  SELECT 1 WHERE EXISTS (SELECT 1 FROM inbox WHERE sender = ?1 AND id = ?2)
    OR EXISTS (SELECT 1 FROM incoming_files WHERE sender = ?1 AND id = ?2)
    OR EXISTS (SELECT 1 FROM quarantine WHERE claimed_sender = ?1 AND claimed_id = ?2 AND proven = 1)
    OR EXISTS (SELECT 1 FROM floors WHERE sender = ?1 AND sent_until >= ?3)`;

/** A record that says of itself, unproven, that it is the message: the last one. */
const CLAIM = `SELECT number FROM quarantine
  WHERE claimed_sender = m.sender AND claimed_id = m.id ORDER BY number DESC LIMIT 1`;

const MISSED = 'm.forgotten_at IS NULL';

const UNTOLD = `${MISSED} AND m.told_at IS NULL AND m.noticed_at <= ?`;

/** What has not come, although another message of its sender names it as one before it. */
export class Gaps {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** A message has come whose sender has proven its name; in the transaction that keeps it, and after. */
  arrived({ sender, id, at, after, voids }: NamingMessage): void {
    this.#connection.run('DELETE FROM missing WHERE sender = ? AND id = ?', sender, id);
    const begun = this.#begin(sender, at);
    const isOpen = (named: MessageId): boolean => {
      const made = messageIdTime(named);
      return made > begun && !this.#isKnown(sender, named, made);
    };
    for (const named of voids) if (isOpen(named)) this.#void({ sender, id: named, namedBy: id });
    for (const named of after) if (isOpen(named)) this.#miss({ sender, id: named, namedBy: id });
  }

  missing({
    sender,
    limit = -1,
  }: Parameters<StreamLedger['missing']>[0]): readonly MissingMessage[] {
    return this.#select(`${MISSED} AND m.sender = coalesce(?, m.sender)`, [sender], limit);
  }

  bySender(): readonly MissingCount[] {
    return this.#connection
      .all(
        `SELECT m.sender, count(*) AS messages, min(m.noticed_at) AS since FROM missing m
         WHERE ${MISSED} GROUP BY m.sender ORDER BY m.sender`,
      )
      .map((row) => ({
        sender: senderOf(row),
        messages: row.integer('messages'),
        since: row.integer('since'),
      }));
  }

  tell(noticedBefore: number): readonly MissingMessage[] {
    // Looking takes no write lock: a listener looks again and again, and next to nothing is ever missing.
    if (this.#select(UNTOLD, [noticedBefore], 1).length === 0) return [];
    return this.#connection.transaction(() => {
      const untold = this.#select(UNTOLD, [noticedBefore]);
      this.#connection.run(
        `UPDATE missing AS m SET told_at = ? WHERE ${UNTOLD}`,
        ...[this.#clock(), noticedBefore],
      );
      return untold;
    });
  }

  /** It stays in the table, so that it is not missed anew when another message names it. */
  forget(id: MessageId, sender: PeerName | undefined): number {
    return this.#connection.run(
      `UPDATE missing AS m SET forgotten_at = ?
       WHERE m.id = ? AND m.sender = coalesce(?, m.sender) AND ${MISSED}`,
      ...[this.#clock(), id, sender],
    );
  }

  /** Gives the moment up to which nothing is missed: when the first message known of the sender came. */
  #begin(sender: PeerName, at: number): number {
    const row = this.#connection.get('SELECT begun_at FROM streams WHERE sender = ?', sender);
    if (row !== undefined) return row.integer('begun_at');
    this.#connection.run('INSERT INTO streams (sender, begun_at) VALUES (?, ?)', sender, at);
    return at;
  }

  #isKnown(sender: PeerName, id: MessageId, made: number): boolean {
    return this.#connection.get(IS_KNOWN, sender, id, made) !== undefined;
  }

  /** Its sender has given it up: as if an operator had forgotten it, also where it is named only later. */
  #void(named: NamedMessage): void {
    this.#miss(named);
    this.forget(named.id, named.sender);
  }

  #miss({ sender, id, namedBy }: NamedMessage): void {
    const count = this.#connection
      .get('SELECT count(*) AS count FROM missing WHERE sender = ?', sender)
      ?.integer('count');
    if ((count ?? 0) >= MOST_MISSING && !this.#makeRoom(sender)) return;
    this.#connection.run(
      `INSERT INTO missing (sender, id, named_by, noticed_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      ...[sender, id, namedBy, this.#clock()],
    );
  }

  #makeRoom(sender: PeerName): boolean {
    const removed = this.#connection.run(
      `DELETE FROM missing WHERE sender = ?1 AND id = (SELECT id FROM missing
         WHERE sender = ?1 AND forgotten_at IS NOT NULL ORDER BY forgotten_at, id LIMIT 1)`,
      sender,
    );
    return removed === 1;
  }

  #select(condition: string, values: readonly Bindable[], limit = -1): readonly MissingMessage[] {
    return this.#connection
      .all(
        `SELECT m.*, q.number AS claim, q.reason FROM missing m
         LEFT JOIN quarantine q ON q.number = (${CLAIM})
         WHERE ${condition} ORDER BY m.noticed_at, m.sender, m.id LIMIT ?`,
        ...[...values, limit],
      )
      .map(readMissing);
  }
}

type NamedMessage = Pick<MissingMessage, 'sender' | 'id' | 'namedBy'>;

function readMissing(row: Row): MissingMessage {
  const number = row.integerOrNone('claim');
  return {
    sender: senderOf(row),
    id: messageIdOf(row),
    namedBy: messageIdOf(row, 'named_by'),
    noticedAt: row.integer('noticed_at'),
    claimedBy: number === undefined ? undefined : { number, reason: row.text('reason') },
  };
}
