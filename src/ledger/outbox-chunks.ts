import type { Outbox } from './outbox.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { ChunkedDelivery } from './port.js';

/** Messages that were kept for one record, and go in chunks to a recipient whose inbox does not take it. */
export class OutboxChunks {
  readonly #outbox: Outbox;
  readonly #files: OutgoingFiles;

  constructor(outbox: Outbox, files: OutgoingFiles) {
    this.#outbox = outbox;
    this.#files = files;
  }

  /** To be called in a transaction. */
  begin({ id, recipient, source, manifest }: ChunkedDelivery): boolean {
    const row = this.#outbox.find(id);
    const delivery = row?.deliveries.find((one) => one.recipient === recipient);
    if (row === undefined || delivery?.state !== 'queued' || delivery.inChunks) return false;
    this.#files.keep(row.number, { source, manifests: [{ ...manifest, recipient }] });
    this.#outbox.update('next_attempt_at = 0, error = NULL', [], { id, recipient });
    return true;
  }
}
