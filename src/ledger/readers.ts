import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';
import type { ReaderLease } from './port.js';

type IsGone = (owner: string) => boolean;

/** Who takes in what comes into the inbox. */
export class Readers {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  listen(lease: ReaderLease): void {
    this.#put('listener', lease);
  }

  isListening(isGone: IsGone): boolean {
    return this.#others('', isGone).some(({ role }) => role === 'listener');
  }

  /** To be called in a transaction. */
  standIn(lease: ReaderLease, isGone: IsGone): boolean {
    if (this.#others(lease.token, isGone).length > 0) {
      this.leave(lease.token);
      return false;
    }
    this.#put('stand-in', lease);
    return true;
  }

  leave(token: string): void {
    this.#connection.run('DELETE FROM readers WHERE token = ?', token);
  }

  #others(token: string, isGone: IsGone): readonly { readonly role: string }[] {
    return this.#connection
      .all(
        'SELECT owner, role FROM readers WHERE token <> ? AND lease_until > ?',
        ...[token, this.#clock()],
      )
      .filter((row) => !isGone(row.text('owner')))
      .map((row) => ({ role: row.text('role') }));
  }

  #put(role: 'listener' | 'stand-in', { token, owner, until }: ReaderLease): void {
    // Those that were killed leave rows behind, which nobody else would take away.
    this.#connection.run('DELETE FROM readers WHERE lease_until <= ?', this.#clock());
    this.#connection.run(
      `INSERT INTO readers (token, owner, role, lease_until) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET lease_until = excluded.lease_until`,
      ...[token, owner, role, until],
    );
  }
}
