import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';
import type { QuarantineRow, RefusedRecord } from './port.js';
import { readQuarantine, sourceValues } from './rows.js';

/** Records that were refused for good: each record of a log once, however often it is read. */
export class Quarantine {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Keeps a refused record; to be called in a transaction. */
  add({ source, claimedSender, claimedId, reason, detail, sealed }: RefusedRecord): void {
    this.#connection.run(
      `INSERT INTO quarantine (claimed_sender, claimed_id, reason, detail, quarantined_at,
         cluster_id, topic, topic_id, partition, offset, appended_at, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      claimedSender,
      claimedId,
      reason,
      detail,
      this.#clock(),
      ...sourceValues(source),
      sealed,
    );
  }

  /** The newest records, oldest of them first. */
  list(limit: number | undefined): readonly QuarantineRow[] {
    return this.#connection
      .all('SELECT * FROM quarantine ORDER BY number DESC LIMIT ?', limit ?? -1)
      .map(readQuarantine)
      .reverse();
  }
}
