import type { Clock } from '../domain/environment.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Connection } from '../sqlite/connection.js';
import type { Inbox } from './inbox.js';
import type { Delivery, DeliveryClaim } from './port.js';
import type { Quarantine } from './quarantine.js';
import { INBOX_COLUMNS, readInbox } from './rows.js';

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
    AND NOT EXISTS (SELECT 1 FROM lanes WHERE lanes.sender = senders.sender AND lease_until > ?)
    AND sender NOT IN (SELECT value FROM json_each(?))
  ORDER BY number LIMIT 1`;

/** Deliveries in a lane for each authenticated sender: one message at a time, in order. */
export class Lanes {
  readonly #connection: Connection;
  readonly #inbox: Inbox;
  readonly #quarantine: Quarantine;
  readonly #clock: Clock;

  constructor(
    connection: Connection,
    rooms: { inbox: Inbox; quarantine: Quarantine; clock: Clock },
  ) {
    this.#connection = connection;
    this.#inbox = rooms.inbox;
    this.#quarantine = rooms.quarantine;
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

  note(number: number, note: string): void {
    this.#connection.run('UPDATE inbox SET sink_note = ? WHERE number = ?', note, number);
  }

  /** To be called in a transaction. */
  complete(owner: string, number: number): boolean {
    this.#free(owner, number);
    const changed = this.#connection.run(
      `UPDATE inbox SET state = 'done', done_at = ?
       WHERE number = ? AND state IN ('received', 'delivering')`,
      this.#clock(),
      number,
    );
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

  releaseAbandoned(isGone: (owner: string) => boolean): number {
    const lanes = this.#connection.all('SELECT owner, number FROM lanes');
    const abandoned = lanes
      .map((lane) => ({ owner: lane.text('owner'), number: lane.integer('number') }))
      .filter(({ owner }) => isGone(owner));
    for (const { owner, number } of abandoned) this.release(owner, number);
    return abandoned.length;
  }

  quarantine(owner: string, number: number, why: { reason: string; detail: string }): void {
    this.#connection.transaction(() => {
      this.#free(owner, number);
      const changed = this.#connection.run(
        `UPDATE inbox SET state = 'quarantined', done_at = ?
         WHERE number = ? AND state IN ('received', 'delivering')`,
        this.#clock(),
        number,
      );
      if (changed === 0) return;
      const { sender, id, source, sealed } = this.#delivery(number);
      this.#quarantine.add({ source, claimedSender: sender, claimedId: id, ...why, sealed });
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
    const sealed = this.#inbox.sealed(number);
    if (row === undefined || sealed === undefined) {
      throw new MsgError('not-found', `no message with number ${number} in the ledger`);
    }
    return { ...readInbox(row), sealed };
  }

  #free(owner: string, number: number): boolean {
    return (
      this.#connection.run('DELETE FROM lanes WHERE owner = ? AND number = ?', owner, number) === 1
    );
  }
}
