import type { MissingMessage } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';

/** Messages overtake each other: only what has not come for so long is told, in milliseconds. */
export const OVERTAKING = 10 * 60_000;

/** How often is looked, in milliseconds. */
const LOOK_AGAIN = 60_000;

/** Tells what has not come, although its sender says that it was kept to be sent; each once. */
export class MissedMessages {
  readonly #deps: Pick<MessagingDeps, 'ledger' | 'clock'>;
  readonly #onMissing: (message: MissingMessage) => void;
  #nextLook = 0;

  constructor(
    deps: Pick<MessagingDeps, 'ledger' | 'clock'>,
    onMissing: (message: MissingMessage) => void,
  ) {
    this.#deps = deps;
    this.#onMissing = onMissing;
  }

  /** To be called now and then. */
  async tick(): Promise<void> {
    const now = this.#deps.clock();
    if (now < this.#nextLook) return;
    this.#nextLook = now + LOOK_AGAIN;
    await this.#tell(now - OVERTAKING);
  }

  /** Everything that was there has been taken in: what is missing now will not come by itself. */
  async end(): Promise<void> {
    await this.#tell(this.#deps.clock());
  }

  async #tell(noticedBefore: number): Promise<void> {
    try {
      const missing = await this.#deps.ledger.streams.tell(noticedBefore);
      for (const message of missing) this.#onMissing(message);
    } catch (error) {
      // A ledger that cannot be written now is looked at again later.
      if (!isPassing(error)) throw error;
    }
  }
}
