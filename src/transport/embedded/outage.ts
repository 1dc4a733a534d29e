import type { Clock } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import type { SubscribeOptions } from '../port.js';

/** What bears an outage. */
export interface OutageOptions extends Pick<SubscribeOptions, 'onNotice' | 'giveUpAfter'> {
  readonly clock: Clock;
  /** Resolves when it is worth trying again; false when nobody wants the result any more. */
  readonly wait: () => Promise<boolean>;
}

/**
 * Tries again while the log cannot be used, says when that begins and ends, and gives up in time. An
 * outage lasts until everything that failed has succeeded: readers may get on where writers do not.
 */
export class Outage {
  readonly #options: OutageOptions;
  #failing = 0;
  #since = 0;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Does the work; only `broker-unreachable` is worth another try. */
  async bear<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      const failure = bearable(error);
      this.#begin(failure);
      return await this.#persist(work, failure);
    }
  }

  async #persist<T>(work: () => T, first: MsgError): Promise<T> {
    const { wait } = this.#options;
    let failure = first;
    while ((await wait()) && !this.#hasLasted()) {
      try {
        const result = work();
        this.#end();
        return result;
      } catch (error) {
        failure = bearable(error);
      }
    }
    throw failure;
  }

  #begin({ message: reason }: MsgError): void {
    this.#failing += 1;
    if (this.#failing > 1) return;
    this.#since = this.#options.clock();
    this.#options.onNotice({ kind: 'unreachable', since: this.#since, reason });
  }

  #end(): void {
    this.#failing -= 1;
    if (this.#failing === 0) this.#options.onNotice({ kind: 'reachable' });
  }

  #hasLasted(): boolean {
    const { clock, giveUpAfter } = this.#options;
    return clock() - this.#since >= giveUpAfter;
  }
}

/** The error, if the log may get over it; any other is thrown. */
function bearable(error: unknown): MsgError {
  if (error instanceof MsgError && error.code === 'broker-unreachable') return error;
  throw error;
}
