import type { MessageId } from '../domain/message-id.js';
import type { Connection } from '../sqlite/connection.js';
import type { Heads } from './heads.js';
import type { Outbox } from './outbox.js';
import type { OutboxItems } from './outbox-items.js';
import type { BatchPart, OutboxRow } from './port.js';
import type { Receipts } from './receipts.js';

/** The rooms that a batch leaves something in. */
interface SplitRooms {
  readonly heads: Heads;
  readonly outbox: Outbox;
  readonly items: OutboxItems;
  readonly receipts: Receipts;
}

/** Batches that go out in several parts, since their inbox takes less in one record. */
export class OutboxSplits {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #items: OutboxItems;
  readonly #receipts: Receipts;
  readonly #heads: Heads;

  constructor(connection: Connection, { heads, outbox, items, receipts }: SplitRooms) {
    this.#connection = connection;
    this.#heads = heads;
    this.#outbox = outbox;
    this.#items = items;
    this.#receipts = receipts;
  }

  /** To be called in a transaction. */
  split(id: MessageId, [first, ...others]: readonly BatchPart[]): boolean {
    const row = this.#outbox.find(id);
    if (row === undefined || first === undefined || !isWaiting(row, first, id)) return false;
    this.#receipts.forgetItems(id);
    if (first.id !== id) this.#rename(row, first);
    // It certainly never left, so nobody can have signed for it as it was.
    else this.#receipts.forgetOriginals(id);
    this.#outbox.reseal(first.id, first);
    this.#connection.run(
      'UPDATE deliveries SET next_attempt_at = 0, error = NULL, uncertain = 0 WHERE message = ?',
      row.number,
    );
    let number = row.number + first.items.length;
    for (const part of others) {
      this.#keep(part, row, number);
      number += part.items.length;
    }
    return true;
  }

  /** The whole may have left: none of its parts is the same message, and nobody is to miss it. */
  #rename({ number, id }: OutboxRow, { id: to, deliveries }: BatchPart): void {
    this.#connection.run('UPDATE outbox SET id = ? WHERE number = ?', to, number);
    for (const { recipient } of deliveries) this.#heads.replace({ id, recipient }, to);
  }

  /** Each has the number that its first message would have had alone: before whatever came after it. */
  #keep(part: BatchPart, { digest, kind, type, correlationId }: OutboxRow, number: number): void {
    const { items, original, ...message } = part;
    const kept = { ...message, digest, kind, type, correlationId };
    const originals = original === undefined ? [] : [original];
    this.#outbox.keep({ ...kept, originals }, { number });
    this.#items.move(items, number);
  }
}

function isWaiting({ deliveries }: OutboxRow, { id }: Pick<BatchPart, 'id'>, whole: MessageId) {
  const [only] = deliveries;
  if (deliveries.length !== 1 || only?.state !== 'queued') return false;
  return !only.mayHaveLeft || id !== whole;
}
