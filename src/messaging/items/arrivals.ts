import type { SentDelivery } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { markQuietly } from './item-outcome.js';

/**
 * Batches that have arrived, and of which the ledger does not know it yet: it is told in the transaction
 * that keeps the next batch, which saves one of its own. A process that is killed in between leaves them
 * to be published again, as the same bytes.
 */
export class Arrivals {
  #sent: readonly SentDelivery[] = [];

  get sent(): readonly SentDelivery[] {
    return this.#sent;
  }

  /** The same, but that what was sent is remembered here. */
  collecting(deps: MessagingDeps): MessagingDeps {
    const { ledger } = deps;
    const markSent = (sent: readonly SentDelivery[]): Promise<void> => {
      this.#sent = [...this.#sent, ...sent];
      return Promise.resolve();
    };
    return { ...deps, ledger: { ...ledger, outbox: { ...ledger.outbox, markSent } } };
  }

  /** The ledger knows of these. */
  told(sent: readonly SentDelivery[]): void {
    this.#sent = this.#sent.filter((one) => !sent.includes(one));
  }

  /** Nothing follows that the ledger could be told with. */
  async mark(deps: MessagingDeps): Promise<void> {
    const sent = this.#sent;
    if (sent.length === 0) return;
    this.#sent = [];
    await markQuietly(sent, deps);
  }
}
