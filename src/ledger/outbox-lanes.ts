import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import type { Connection } from '../sqlite/connection.js';
import { BEGIN, type Outbox } from './outbox.js';
import type { OutboxSealed } from './outbox-sealed.js';
import type {
  ClaimedDelivery,
  ClaimedLane,
  LaneKind,
  OutboxLane,
  PublishClaim,
  PublishLease,
} from './port.js';
import { recipientOf } from './rows.js';

const WAITS = `state IN ('queued', 'publishing')`;
const PENDING = `FROM deliveries INDEXED BY deliveries_pending WHERE ${WAITS} AND lane = ?1`;

/**
 * The oldest delivery of each recipient that has any, by hopping from recipient to recipient through
 * the index of what is pending, where nobody publishes now. Takes lane, now.
 */
const HEADS = `
  WITH RECURSIVE recipients (name) AS (
    SELECT min(recipient) ${PENDING}
    UNION ALL
    SELECT (SELECT min(recipient) ${PENDING} AND recipient > recipients.name)
    FROM recipients WHERE recipients.name IS NOT NULL
  ),
  heads AS (
    SELECT name, (SELECT min(message) ${PENDING} AND recipient = name) AS message
    FROM recipients WHERE name IS NOT NULL
      AND NOT EXISTS (SELECT 1 ${PENDING} AND recipient = name AND state = 'publishing'
        AND coalesce(lease_until, 0) > ?2)
  )
  SELECT d.recipient, d.message, d.next_attempt_at FROM heads
  JOIN deliveries d ON d.message = heads.message AND d.recipient = heads.name`;

/** What is taken from a lane. */
interface LaneRooms {
  readonly outbox: Outbox;
  readonly sealed: OutboxSealed;
}

/** Deliveries in a lane for each recipient: in order, and by one process at a time. */
export class OutboxLanes {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #sealed: OutboxSealed;
  readonly #clock: Clock;

  constructor(connection: Connection, { outbox, sealed }: LaneRooms, clock: Clock) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#sealed = sealed;
    this.#clock = clock;
  }

  claim(claim: PublishClaim): ClaimedLane | undefined {
    // Looking takes no write lock: idle workers do not hold up those who send.
    if (this.#oldest(claim) === undefined) return undefined;
    return this.#connection.transaction(() => {
      const lane = this.#oldest(claim);
      if (lane === undefined) return undefined;
      const numbers = this.#firstOf(lane, claim);
      return { ...lane, deliveries: numbers.map((number) => this.#begin(number, lane, claim)) };
    });
  }

  nextDue(kinds: readonly LaneKind[]): number | undefined {
    const times = kinds.flatMap((kind) =>
      this.#connection.all(HEADS, kind, this.#clock()).map((row) => row.integer('next_attempt_at')),
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  renew({ owner, until }: PublishLease): void {
    this.#connection.run(
      `UPDATE deliveries SET lease_until = ? WHERE state = 'publishing' AND owner = ?`,
      ...[until, owner],
    );
  }

  releaseAbandoned(isGone: (owner: string) => boolean): number {
    const owners = this.#connection
      .all(`SELECT DISTINCT owner FROM deliveries WHERE state = 'publishing'`)
      .flatMap((row) => row.textOrNone('owner') ?? [])
      .filter(isGone);
    return owners.reduce((sum, owner) => sum + this.#release(owner), 0);
  }

  #release(owner: string): number {
    return this.#connection.run(
      `UPDATE deliveries SET state = 'queued', uncertain = 1, owner = NULL, lease_until = NULL
       WHERE state = 'publishing' AND owner = ?`,
      owner,
    );
  }

  /** The lane whose oldest delivery is due and older than any other lane's. */
  #oldest({ kinds, except, eager }: PublishClaim): OutboxLane | undefined {
    const now = this.#clock();
    const candidates = kinds.flatMap((kind) => {
      const others = except.filter((lane) => lane.kind === kind).map(({ recipient }) => recipient);
      const row = this.#connection.get(
        `${HEADS} WHERE (?3 OR d.next_attempt_at <= ?2)
           AND d.recipient NOT IN (SELECT value FROM json_each(?4)) ORDER BY d.message LIMIT 1`,
        ...[kind, now, eager ? 1 : 0, JSON.stringify(others)],
      );
      if (row === undefined) return [];
      return [{ kind, recipient: recipientOf(row), message: row.integer('message') }];
    });
    const [first] = candidates.sort((a, b) => a.message - b.message);
    return first && { kind: first.kind, recipient: first.recipient };
  }

  /** The numbers of the messages that may be published together: as many as fit, in order. */
  #firstOf({ kind, recipient }: OutboxLane, { most, eager }: PublishClaim): readonly number[] {
    const rows = this.#connection.all(
      `SELECT message, next_attempt_at,
         (SELECT length(sealed) FROM outbox_sealed WHERE number = message) AS size
       ${PENDING} AND recipient = ?2 ORDER BY message LIMIT ?3`,
      ...[kind, recipient, most.count],
    );
    const now = this.#clock();
    const numbers: number[] = [];
    let bytes = 0;
    for (const row of rows) {
      bytes += row.integer('size');
      const isDue = eager || row.integer('next_attempt_at') <= now;
      if (numbers.length > 0 && (!isDue || bytes > most.bytes)) break;
      numbers.push(row.integer('message'));
    }
    return numbers;
  }

  #begin(number: number, { recipient }: OutboxLane, { lease }: PublishClaim): ClaimedDelivery {
    this.#connection.run(
      `UPDATE deliveries SET ${BEGIN} WHERE message = ?3 AND recipient = ?4`,
      ...[lease.owner, lease.until, number, recipient],
    );
    const row = this.#outbox.row(number);
    const delivery = row?.deliveries.find((one) => one.recipient === recipient);
    const kept = row && this.#sealed.kept(row.id);
    if (row === undefined || delivery === undefined || kept === undefined) {
      throw new MsgError('bug', `the outbox lost message number ${number}`);
    }
    return { row, delivery, ...kept };
  }
}
