import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';
import { conditions } from './conditions.js';
import { Leases, type Lease } from './leases.js';
import type { InboxRow, ReplayFilter, ReplayPage, ReplayProgress, ReplayStep } from './port.js';
import { INBOX_COLUMNS, readInbox } from './rows.js';

/** A message by its own id, or by that of the batch it came in. */
const NAMED = `i.number IN (
  WITH named AS (SELECT number FROM inbox WHERE id IN (SELECT value FROM json_each(?)))
  SELECT number FROM named
  UNION SELECT n.number FROM inbox_items n JOIN named ON n.container = named.number)`;

/** Messages that are delivered again, and how far replays with a name have come. */
export class Replays {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #runs: Leases;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#runs = new Leases(connection, clock, { table: 'replay_runs', key: 'run' });
  }

  find(filter: ReplayFilter, { after, limit }: ReplayPage): readonly InboxRow[] {
    const { ids, sender, type, correlationId, since, until } = filter;
    const { where, values } = conditions([
      ['i.number > ?', after],
      [`i.kind <> 'batch'`],
      ids && [NAMED, JSON.stringify(ids)],
      sender && ['i.sender = ?', sender],
      type === undefined ? undefined : ['i.type = ?', type],
      correlationId === undefined ? undefined : ['i.correlation_id = ?', correlationId],
      since === undefined ? undefined : ['i.received_at >= ?', since],
      until === undefined ? undefined : ['i.received_at < ?', until],
    ]);
    return this.#connection
      .all(
        `SELECT ${INBOX_COLUMNS} FROM inbox i ${where} ORDER BY i.number LIMIT ?`,
        ...values,
        limit,
      )
      .map(readInbox);
  }

  acquire(
    run: string,
    lease: Lease,
    isGone: (owner: string) => boolean,
  ): { readonly heldBy: string | undefined } {
    return this.#runs.acquire(run, lease, isGone);
  }

  renew(run: string, lease: Lease): boolean {
    return this.#runs.renew(run, lease);
  }

  release(run: string, owner: string): void {
    this.#runs.release(run, owner);
  }

  begin(run: string, number: number): ReplayProgress {
    return this.#connection.transaction(() => {
      this.#connection.run(
        `INSERT INTO replays (run, number, attempts) VALUES (?, ?, 1)
         ON CONFLICT DO UPDATE SET attempts = attempts + 1 WHERE done_at IS NULL`,
        ...[run, number],
      );
      const row = this.#connection.get(
        'SELECT attempts, sink_note, done_at FROM replays WHERE run = ? AND number = ?',
        ...[run, number],
      );
      return {
        attempts: row?.integer('attempts') ?? 1,
        sinkNote: row?.textOrNone('sink_note'),
        isDone: row?.integerOrNone('done_at') !== undefined,
      };
    });
  }

  note(run: string, { owner, number, note }: ReplayStep): boolean {
    const noted = this.#connection.run(
      `UPDATE replays SET sink_note = ? WHERE run = ? AND number = ? AND done_at IS NULL
         AND EXISTS (SELECT 1 FROM replay_runs r WHERE r.run = replays.run AND r.owner = ?)`,
      ...[note, run, number, owner],
    );
    return noted === 1;
  }

  finish(run: string, number: number): void {
    this.#connection.run(
      'UPDATE replays SET done_at = ? WHERE run = ? AND number = ?',
      ...[this.#clock(), run, number],
    );
  }
}
