import { Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';

/** A message as a quick look at the ledger shows it. */
export interface GlancedMessage {
  readonly id: string;
  readonly direction: 'in' | 'out';
  /** The sender, or the first of the recipients. */
  readonly peer: string;
  readonly type: string | undefined;
}

/**
 * A quick look into a ledger that other processes may be using: nothing is made, migrated or
 * written, and nothing waits longer than a moment. Every call throws a MsgError when there is no
 * ledger, or one that this version cannot read.
 */
export class LedgerGlance {
  readonly #connection: Connection;

  constructor(path: string) {
    this.#connection = new Connection({
      ...{ path, what: `the ledger ${path}`, busy: 'ledger-busy' },
      ...{ readOnly: true, busyTimeout: 20 },
    });
  }

  /** The newest messages, the newest first. */
  messages(limit: number): readonly GlancedMessage[] {
    const rows = this.#connection.all(
      `SELECT id, type, direction, peer FROM (
         SELECT id, type, 'in' AS direction, sender AS peer, received_at AS at FROM inbox
         UNION ALL
         SELECT o.id, o.type, 'out', coalesce(
                  (SELECT min(recipient) FROM deliveries WHERE message = o.number), ''), o.created_at
           FROM outbox o
       ) ORDER BY at DESC LIMIT ?`,
      limit,
    );
    return rows.map(glanced);
  }

  /** The message types that were sent or received. */
  types(): readonly string[] {
    const rows = this.#connection.all(
      `SELECT type FROM inbox WHERE type IS NOT NULL
       UNION SELECT type FROM outbox WHERE type IS NOT NULL ORDER BY type`,
    );
    return rows.map((row) => row.text('type'));
  }

  /** The numbers of the newest refused records, and why they were refused. */
  quarantined(limit: number): readonly { readonly number: string; readonly reason: string }[] {
    const rows = this.#connection.all(
      'SELECT number, reason FROM quarantine WHERE resolution IS NULL ORDER BY number DESC LIMIT ?',
      limit,
    );
    return rows.map((row) => ({
      number: String(row.bigint('number')),
      reason: row.text('reason'),
    }));
  }

  /** Gives the file back. */
  close(): void {
    this.#connection.close();
  }
}

function glanced(row: Row): GlancedMessage {
  return {
    id: row.text('id'),
    direction: row.text('direction') === 'in' ? 'in' : 'out',
    peer: row.text('peer'),
    type: row.textOrNone('type'),
  };
}
