import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import { Leases, type Lease } from './leases.js';
import type { BatchFile, BatchLedger, BatchMemory, FileStamp } from './port.js';
import { messageIdOf } from './rows.js';

/** What batches have sent, and which of them are running. */
export class Batches {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #runs: Leases;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#runs = new Leases(connection, clock, { table: 'batch_runs', key: 'source' });
  }

  acquire(
    source: string,
    lease: Lease,
    isGone: (owner: string) => boolean,
  ): { readonly heldBy: string | undefined } {
    return this.#runs.acquire(source, lease, isGone);
  }

  renew(source: string, lease: Lease): boolean {
    return this.#runs.renew(source, lease);
  }

  release(source: string, owner: string): void {
    this.#runs.release(source, owner);
  }

  recall(file: BatchFile, stamp: FileStamp): BatchMemory | undefined {
    const row = this.#connection.get(
      `SELECT message_id, state FROM batch_items WHERE source = ? AND path = ? AND target = ?
         AND size = ? AND mtime_ns = ? AND inode = ? ORDER BY updated_at DESC LIMIT 1`,
      ...placeOf(file),
      ...valuesOf(stamp),
    );
    return row && memoryOf(row);
  }

  /** To be called in a transaction. */
  begin(file: BatchFile, content: Parameters<BatchLedger['begin']>[1]): BatchMemory {
    this.#connection.run(
      `INSERT INTO batch_items (source, path, target, size, mtime_ns, inode, sha256, message_id,
         updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,
         inode = excluded.inode`,
      ...placeOf(file),
      ...valuesOf(content),
      ...[content.sha256, content.id, this.#clock()],
    );
    const row = this.#connection.get(
      `SELECT message_id, state FROM batch_items
       WHERE source = ? AND path = ? AND target = ? AND sha256 = ?`,
      ...placeOf(file),
      content.sha256,
    );
    if (row === undefined) throw new MsgError('bug', `the ledger did not keep ${file.path}`);
    return memoryOf(row);
  }

  finish(file: BatchFile, sha256: string): void {
    this.#connection.run(
      `UPDATE batch_items SET state = 'sent', updated_at = ?
       WHERE source = ? AND path = ? AND target = ? AND sha256 = ?`,
      this.#clock(),
      ...placeOf(file),
      sha256,
    );
  }
}

function memoryOf(row: Row): BatchMemory {
  const state = row.text('state') === 'sent' ? 'sent' : 'sending';
  return { id: messageIdOf(row, 'message_id'), state };
}

function placeOf({ source, path, target }: BatchFile): Bindable[] {
  return [source, path, target];
}

function valuesOf({ size, mtimeNs, inode }: FileStamp): Bindable[] {
  return [size, mtimeNs, inode];
}
