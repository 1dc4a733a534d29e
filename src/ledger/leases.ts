import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';

/** Who holds something, and until when (Unix ms) nobody else may. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
}

/** A table of things that one process at a time may hold, and the column that names them. */
export interface LeaseTable {
  readonly table: 'batch_runs' | 'replay_runs';
  readonly key: 'source' | 'run';
}

/** Things that one process at a time holds. */
export class Leases {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #place: LeaseTable;

  constructor(connection: Connection, clock: Clock, place: LeaseTable) {
    this.#connection = connection;
    this.#clock = clock;
    this.#place = place;
  }

  acquire(
    name: string,
    lease: Lease,
    isGone: (owner: string) => boolean,
  ): { readonly heldBy: string | undefined } {
    const { table, key } = this.#place;
    return this.#connection.transaction(() => {
      const sql = `SELECT owner, lease_until FROM ${table} WHERE ${key} = ?`;
      const row = this.#connection.get(sql, name);
      const holder = row?.text('owner');
      const isHeld = row !== undefined && row.integer('lease_until') > this.#clock();
      if (holder !== undefined && isHeld && holder !== lease.owner && !isGone(holder)) {
        return { heldBy: holder };
      }
      this.#connection.run(
        `INSERT OR REPLACE INTO ${table} (${key}, owner, lease_until) VALUES (?, ?, ?)`,
        ...[name, lease.owner, lease.until],
      );
      return { heldBy: undefined };
    });
  }

  renew(name: string, lease: Lease): boolean {
    const { table, key } = this.#place;
    const sql = `UPDATE ${table} SET lease_until = ? WHERE ${key} = ? AND owner = ?`;
    return this.#connection.run(sql, lease.until, name, lease.owner) === 1;
  }

  release(name: string, owner: string): void {
    const { table, key } = this.#place;
    this.#connection.run(`DELETE FROM ${table} WHERE ${key} = ? AND owner = ?`, name, owner);
  }
}
