import type { Connection } from '../sqlite/connection.js';
import type { Outbox } from './outbox.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { ChunkedDelivery } from './port.js';

/** Messages that were kept for one record, and go in chunks to a recipient whose inbox does not take it. */
export class OutboxChunks {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #files: OutgoingFiles;

  constructor(
    connection: Connection,
    { outbox, files }: { readonly outbox: Outbox; readonly files: OutgoingFiles },
  ) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#files = files;
  }

  /** To be called in a transaction. */
  begin({ id, recipient, source, manifest }: ChunkedDelivery): boolean {
    const row = this.#outbox.find(id);
    const delivery = row?.deliveries.find((one) => one.recipient === recipient);
    if (row === undefined || delivery?.state !== 'queued' || delivery.inChunks) return false;
    this.#files.keep(row.number, { source, manifests: [{ ...manifest, recipient }] });
    this.#connection.run(
      'UPDATE deliveries SET next_attempt_at = 0, error = NULL WHERE message = ? AND recipient = ?',
      ...[row.number, recipient],
    );
    return true;
  }
}
