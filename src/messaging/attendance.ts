import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';

/** For how long a listener counts without a sign of life, in milliseconds. */
const LEASE = 20_000;

/** Lets others of this ledger know that somebody listens, so that nobody else need take in what comes. */
export class Attendance {
  readonly #deps: Pick<MessagingDeps, 'ledger' | 'owner' | 'clock'>;
  readonly #token: string;
  #renewAt = 0;

  constructor(deps: Pick<MessagingDeps, 'ledger' | 'owner' | 'clock' | 'random'>) {
    this.#deps = deps;
    this.#token = Buffer.from(deps.random(8)).toString('hex');
  }

  /** To be called at the beginning and now and then. */
  async show(): Promise<void> {
    const { ledger, owner, clock } = this.#deps;
    const now = clock();
    if (now < this.#renewAt) return;
    this.#renewAt = now + LEASE / 4;
    await this.#ifPossible(() =>
      ledger.readers.listen({ token: this.#token, owner, until: now + LEASE }),
    );
  }

  async end(): Promise<void> {
    await this.#ifPossible(() => this.#deps.ledger.readers.leave(this.#token));
  }

  /** A ledger that cannot be written now is written the next time; the lease lasts for several. */
  async #ifPossible(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }
}
