import { INBOX_STATES, OUTBOX_STATES } from '../domain/message-states.js';
import type { Connection } from '../sqlite/connection.js';
import type { Gaps } from './gaps.js';
import type { Lanes } from './lanes.js';
import type { LedgerStatus, UnfinishedMessage } from './port.js';
import type { Quarantine } from './quarantine.js';
import { messageIdOf, senderOf } from './rows.js';

/** How things stand in the ledger. */
export class Standing {
  readonly #connection: Connection;
  readonly #gaps: Gaps;
  readonly #lanes: Lanes;
  readonly #quarantine: Quarantine;

  constructor(connection: Connection, rooms: { gaps: Gaps; lanes: Lanes; quarantine: Quarantine }) {
    this.#connection = connection;
    this.#gaps = rooms.gaps;
    this.#lanes = rooms.lanes;
    this.#quarantine = rooms.quarantine;
  }

  status(since: number): LedgerStatus {
    return {
      // A batch is how messages came, and they are counted; it is told while any of them waits.
      received: this.#byState(
        `SELECT state, count(*) AS count FROM inbox
         WHERE kind <> 'batch' OR state = 'unpacked' GROUP BY state`,
        INBOX_STATES,
      ),
      sent: this.#byState(
        'SELECT state, count(*) AS count FROM deliveries GROUP BY state',
        OUTBOX_STATES,
      ),
      oldestUnfinished: this.#oldest(),
      blocked: this.#lanes.blocked(),
      unjudged: this.#quarantine.unjudged(),
      missing: this.#gaps.bySender(),
      quarantined: this.#count(
        'SELECT count(*) AS count FROM quarantine WHERE resolution IS NULL AND lane IS NULL',
      ),
      incomplete: this.#count('SELECT count(*) AS count FROM incoming_files'),
      owed: this.#count('SELECT count(*) AS count FROM answers WHERE answer IS NULL'),
      recent: {
        since,
        received: this.#count(
          `SELECT count(*) AS count FROM inbox WHERE received_at >= ? AND kind <> 'batch'`,
          since,
        ),
      },
    };
  }

  #byState<State extends string>(
    sql: string,
    states: readonly State[],
  ): Readonly<Record<State, number>> {
    const rows = this.#connection.all(sql);
    const counts = new Map(rows.map((row) => [row.text('state'), row.integer('count')]));
    const entries = states.map((state) => [state, counts.get(state) ?? 0]);
    return Object.fromEntries(entries) as Record<State, number>;
  }

  #oldest(): UnfinishedMessage | undefined {
    const row = this.#connection.get(
      `SELECT id, sender, received_at FROM inbox WHERE state IN ('received', 'delivering')
       ORDER BY received_at, number LIMIT 1`,
    );
    return (
      row && {
        id: messageIdOf(row),
        sender: senderOf(row),
        receivedAt: row.integer('received_at'),
      }
    );
  }

  #count(sql: string, ...values: readonly number[]): number {
    return this.#connection.get(sql, ...values)?.integer('count') ?? 0;
  }
}
