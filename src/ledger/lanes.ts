import type { Clock } from '../domain/environment.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Connection } from '../sqlite/connection.js';
import type { Answers } from './answers.js';
import type { Inbox } from './inbox.js';
import type { InboxItems } from './inbox-items.js';
import type { Row } from '../sqlite/row.js';
import type { Answer, BlockedLane, Delivery, DeliveryClaim, LaneFailure } from './port.js';
import type { Quarantine, Reason } from './quarantine.js';
import { INBOX_COLUMNS, readBlockedLane, readInbox } from './rows.js';

/**
 * The oldest message of each sender that has any, by hopping from sender to sender through the index
 * of what is pending: a lane that is blocked costs the same with one message in it or a million.
 */
const OLDEST_IN_FREE_LANES = `
  WITH RECURSIVE senders (sender) AS (
    SELECT min(sender) FROM inbox INDEXED BY inbox_pending
    WHERE state IN ('received', 'delivering')
    UNION ALL
    SELECT (SELECT min(sender) FROM inbox INDEXED BY inbox_pending
            WHERE state IN ('received', 'delivering') AND sender > senders.sender)
    FROM senders WHERE senders.sender IS NOT NULL
  )
  SELECT sender, (SELECT min(number) FROM inbox INDEXED BY inbox_pending
                  WHERE state IN ('received', 'delivering') AND sender = senders.sender) AS number
  FROM senders
  WHERE sender IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM lanes WHERE lanes.sender = senders.sender AND lease_until > ?1)
    AND NOT EXISTS (SELECT 1 FROM blocked_lanes b WHERE b.sender = senders.sender AND b.until > ?1)
    AND sender NOT IN (SELECT value FROM json_each(?2))
  ORDER BY number LIMIT 1`;

/** Deliveries in a lane for each authenticated sender: one message at a time, in order. */
export class Lanes {
  readonly #connection: Connection;
  readonly #inbox: Inbox;
  readonly #items: InboxItems;
  readonly #quarantine: Quarantine;
  readonly #answers: Answers;
  readonly #clock: Clock;

  constructor(
    connection: Connection,
    rooms: {
      inbox: Inbox;
      items: InboxItems;
      quarantine: Quarantine;
      answers: Answers;
      clock: Clock;
    },
  ) {
    this.#connection = connection;
    this.#inbox = rooms.inbox;
    this.#items = rooms.items;
    this.#quarantine = rooms.quarantine;
    this.#answers = rooms.answers;
    this.#clock = rooms.clock;
  }

  claim(claim: DeliveryClaim): Delivery | undefined {
    // Looking takes no write lock: idle workers do not hold up those who receive.
    if (this.#oldest(claim.except) === undefined) return undefined;
    return this.#connection.transaction(() => {
      const found = this.#oldest(claim.except);
      if (found === undefined) return undefined;
      this.#connection.run(
        `INSERT INTO lanes (sender, owner, number, lease_until) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET owner = excluded.owner, number = excluded.number,
           lease_until = excluded.lease_until`,
        found.sender,
        claim.owner,
        found.number,
        claim.leaseUntil,
      );
      this.#connection.run(
        `UPDATE inbox SET state = 'delivering', attempts = attempts + 1 WHERE number = ?`,
        found.number,
      );
      return this.#delivery(found.number);
    });
  }

  renew(owner: string, sender: PeerName, leaseUntil: number): boolean {
    const renewed = this.#connection.run(
      'UPDATE lanes SET lease_until = ? WHERE sender = ? AND owner = ?',
      leaseUntil,
      sender,
      owner,
    );
    return renewed === 1;
  }

  note(owner: string, number: number, note: string): boolean {
    const noted = this.#connection.run(
      `UPDATE inbox SET sink_note = ? WHERE number = ?
         AND EXISTS (SELECT 1 FROM lanes WHERE lanes.owner = ? AND lanes.number = inbox.number)`,
      note,
      number,
      owner,
    );
    return noted === 1;
  }

  /** To be called in a transaction. */
  complete(owner: string, number: number, answer?: Answer): boolean {
    if (this.#free(owner, number)) this.#unblock(number);
    const changed = this.#connection.run(
      `UPDATE inbox SET state = 'done', done_at = ?
       WHERE number = ? AND state IN ('received', 'delivering')`,
      this.#clock(),
      number,
    );
    if (changed === 1 && answer !== undefined) this.#answers.give(answer);
    if (changed === 1) this.#items.settled(number);
    return changed === 1;
  }

  release(owner: string, number: number): void {
    this.#connection.transaction(() => {
      // Whoever lost the lane meanwhile has nothing to put back: it is another's message now.
      if (!this.#free(owner, number)) return;
      this.#connection.run(
        `UPDATE inbox SET state = 'received' WHERE number = ? AND state = 'delivering'`,
        number,
      );
    });
  }

  postpone(owner: string, number: number, failure: LaneFailure): number | undefined {
    return this.#connection.transaction(() => {
      if (!this.#free(owner, number)) return undefined;
      const { sender } = this.#delivery(number);
      const failures = 1 + (this.#blockOf(sender)?.integer('failures') ?? 0);
      const now = this.#clock();
      const until = now + failure.delay(failures);
      this.#connection.run(
        `INSERT INTO blocked_lanes (sender, owner, until, failures, since, code, detail)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET owner = excluded.owner, until = excluded.until,
           failures = excluded.failures, code = excluded.code, detail = excluded.detail`,
        ...[sender, owner, until, failures, now, failure.code, failure.detail],
      );
      this.#connection.run(
        `UPDATE inbox SET state = 'received' WHERE number = ? AND state = 'delivering'`,
        number,
      );
      return until;
    });
  }

  blocked(): readonly BlockedLane[] {
    return this.#connection
      .all('SELECT * FROM blocked_lanes ORDER BY since, sender')
      .map(readBlockedLane);
  }

  releaseAbandoned(isGone: (owner: string) => boolean): number {
    const lanes = this.#connection.all('SELECT owner, number FROM lanes');
    const abandoned = lanes
      .map((lane) => ({ owner: lane.text('owner'), number: lane.integer('number') }))
      .filter(({ owner }) => isGone(owner));
    for (const { owner, number } of abandoned) this.release(owner, number);
    for (const { sender, owner } of this.blocked().filter((lane) => isGone(lane.owner))) {
      this.#connection.run(
        'DELETE FROM blocked_lanes WHERE sender = ? AND owner = ?',
        ...[sender, owner],
      );
    }
    return abandoned.length;
  }

  quarantine(
    owner: string,
    number: number,
    why: Reason & { answer?: Answer | undefined },
  ): boolean {
    return this.#connection.transaction(() => {
      // Whoever lost the lane meanwhile has no say any more: another may be delivering it.
      if (!this.#free(owner, number)) return false;
      const changed = this.#connection.run(
        `UPDATE inbox SET state = 'quarantined', done_at = ?
         WHERE number = ? AND state IN ('received', 'delivering')`,
        this.#clock(),
        number,
      );
      this.#unblock(number);
      if (changed === 0) return false;
      const { answer, ...reason } = why;
      if (answer !== undefined) this.#answers.give(answer);
      const sealed = this.#inbox.sealed(number) ?? new Uint8Array();
      this.#quarantine.addMessage({ ...this.#delivery(number), sealed }, reason);
      this.#items.settled(number);
      return true;
    });
  }

  #oldest(except: readonly PeerName[]): { sender: string; number: number } | undefined {
    const row = this.#connection.get(OLDEST_IN_FREE_LANES, this.#clock(), JSON.stringify(except));
    return row && { sender: row.text('sender'), number: row.integer('number') };
  }

  #delivery(number: number): Delivery {
    const row = this.#connection.get(
      `SELECT ${INBOX_COLUMNS} FROM inbox i WHERE i.number = ?`,
      number,
    );
    if (row === undefined) {
      throw new MsgError('not-found', `no message with number ${number} in the ledger`);
    }
    return readInbox(row);
  }

  #blockOf(sender: PeerName): Row | undefined {
    return this.#connection.get('SELECT * FROM blocked_lanes WHERE sender = ?', sender);
  }

  #unblock(number: number): void {
    this.#connection.run(
      'DELETE FROM blocked_lanes WHERE sender = (SELECT sender FROM inbox WHERE number = ?)',
      number,
    );
  }

  #free(owner: string, number: number): boolean {
    return (
      this.#connection.run('DELETE FROM lanes WHERE owner = ? AND number = ?', owner, number) === 1
    );
  }
}
