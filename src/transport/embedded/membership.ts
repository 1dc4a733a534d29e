import type { Connection } from '../../sqlite/connection.js';
import type { LogPartition, LogStore, Topic } from './log-store.js';

/** The process that members belong to, and what it can tell of others. */
export interface LogProcess {
  readonly name: string;
  /** Whether the process of that name has certainly ended. */
  readonly isGone: (name: string) => boolean;
}

/** Who shares which topic, and for how long a silent member keeps its partitions. */
export interface MembershipOptions {
  readonly group: string;
  readonly topic: Topic;
  readonly process: LogProcess;
  /** In milliseconds. A member renews its own after a third of it. */
  readonly lease: number;
}

/**
 * One member of a consumer group. The members in the order of their joining take the partitions in
 * turn; a partition is read by whoever holds its lease, and a lease ends with its member: when it
 * leaves, when its process has certainly ended, or when it has not been heard of for the lease's
 * duration.
 */
export class Membership {
  readonly #store: LogStore;
  readonly #options: MembershipOptions;
  #member: number | undefined;
  #renewAt = 0;

  constructor(store: LogStore, options: MembershipOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Joins, stays a member, and gives the partitions that are this member's share. */
  refresh(now: number): readonly LogPartition[] {
    const { topic } = this.#options;
    this.#dismissGone();
    if (now >= this.#renewAt || this.#othersExpired(now)) this.#renew(now);
    const members = this.#members();
    const turn = members.indexOf(this.#member ?? -1);
    // Evicted while this process slept: whoever came meanwhile goes first.
    if (turn === -1) this.#renewAt = 0;
    return topic.partitions.filter((_, index) => index % members.length === turn);
  }

  /** Takes the lease of a partition, unless another member still holds it. */
  acquire(at: LogPartition): boolean {
    if (this.#holder(at) !== undefined) return this.holds(at);
    this.#connection.run(
      `INSERT INTO leases (group_name, partition, member)
       SELECT ?, ?, number FROM members WHERE number = ? ON CONFLICT DO NOTHING`,
      this.#options.group,
      at.number,
      this.#member,
    );
    return this.holds(at);
  }

  /** Gives a partition's lease back. */
  release(at: LogPartition): void {
    this.#connection.run(
      'DELETE FROM leases WHERE group_name = ? AND partition = ? AND member = ?',
      this.#options.group,
      at.number,
      this.#member,
    );
  }

  /** Whether this member holds the partition. */
  holds(at: LogPartition): boolean {
    return this.#member !== undefined && this.#holder(at) === this.#member;
  }

  /** Commits a position, unless the partition has gone to another member: then false. */
  commit(
    at: LogPartition,
    next: bigint,
    { metadata, now }: { metadata: string; now: number },
  ): boolean {
    return this.#connection.transaction(() => {
      if (!this.holds(at)) return false;
      this.#connection.run(
        `INSERT INTO positions (group_name, partition, committed, metadata, committed_at)
         VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET committed = excluded.committed, metadata = excluded.metadata,
           committed_at = excluded.committed_at`,
        this.#options.group,
        at.number,
        next,
        metadata,
        now,
      );
      return true;
    });
  }

  /** Leaves: its partitions are free at once. */
  leave(): void {
    this.#connection.run('DELETE FROM members WHERE number = ?', this.#member);
    this.#member = undefined;
  }

  get #connection(): Connection {
    return this.#store.connection;
  }

  #renew(now: number): void {
    const { group, topic, process, lease } = this.#options;
    this.#member = this.#connection.transaction(() => {
      this.#connection.run('DELETE FROM members WHERE expires_at <= ?', now);
      const renewed = this.#connection.run(
        'UPDATE members SET expires_at = ? WHERE number = ?',
        now + lease,
        this.#member,
      );
      if (renewed === 1) return this.#member;
      return this.#connection
        .get(
          `INSERT INTO members (group_name, topic, process, expires_at) VALUES (?, ?, ?, ?)
           RETURNING number`,
          ...[group, topic.number, process.name, now + lease],
        )
        ?.integer('number');
    });
    this.#renewAt = now + lease / 3;
  }

  /** Nobody has to wait for the lease of one that was killed. */
  #dismissGone(): void {
    const { group, topic, process } = this.#options;
    const gone = this.#connection
      .all(
        'SELECT number, process FROM members WHERE group_name = ? AND topic = ?',
        group,
        topic.number,
      )
      .filter((row) => process.isGone(row.text('process')));
    for (const row of gone) {
      this.#connection.run('DELETE FROM members WHERE number = ?', row.integer('number'));
    }
  }

  #members(): readonly number[] {
    const { group, topic } = this.#options;
    return this.#connection
      .all(
        'SELECT number FROM members WHERE group_name = ? AND topic = ? ORDER BY number',
        group,
        topic.number,
      )
      .map((row) => row.integer('number'));
  }

  #othersExpired(now: number): boolean {
    const { group, topic } = this.#options;
    const expired = this.#connection.get(
      'SELECT 1 AS one FROM members WHERE group_name = ? AND topic = ? AND expires_at <= ? LIMIT 1',
      group,
      topic.number,
      now,
    );
    return expired !== undefined;
  }

  #holder(at: LogPartition): number | undefined {
    return this.#connection
      .get(
        'SELECT member FROM leases WHERE group_name = ? AND partition = ?',
        this.#options.group,
        at.number,
      )
      ?.integer('member');
  }
}
