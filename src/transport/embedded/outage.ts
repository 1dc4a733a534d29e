import type { Clock } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import type { SubscribeOptions } from '../port.js';

/** What bears an outage. */
export interface OutageOptions extends Pick<SubscribeOptions, 'onNotice' | 'giveUpAfter'> {
  readonly clock: Clock;
  /** Resolves when it is worth trying again; false when nobody wants the result any more. */
  readonly wait: () => Promise<boolean>;
}

/** Tries again while the log cannot be used, says when that begins and ends, and gives up in time. */
export class Outage {
  readonly #options: OutageOptions;
  #since: number | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Does the work; only `broker-unreachable` is worth another try. */
  async bear<T>(work: () => T): Promise<T> {
    for (;;) {
      try {
        const result = work();
        this.#end();
        return result;
      } catch (error) {
        if (!(error instanceof MsgError) || error.code !== 'broker-unreachable') throw error;
        this.#begin(error);
        if (!(await this.#options.wait()) || this.#hasLasted()) throw error;
      }
    }
  }

  #begin(error: MsgError): void {
    if (this.#since !== undefined) return;
    this.#since = this.#options.clock();
    const { message: reason } = error;
    this.#options.onNotice({ kind: 'unreachable', since: this.#since, reason });
  }

  #end(): void {
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#options.onNotice({ kind: 'reachable' });
  }

  #hasLasted(): boolean {
    const { clock, giveUpAfter } = this.#options;
    return this.#since !== undefined && clock() - this.#since >= giveUpAfter;
  }
}
