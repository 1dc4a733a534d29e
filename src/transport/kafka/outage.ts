import type { Clock } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import type { SubscriptionNotice } from '../port.js';

const LONGEST_SILENCE = 15_000;
const SILENT = 'no answer';
const CHECK_INTERVAL = 250;

/** How long brokers may be silent, and who is told. */
export interface OutageOptions {
  readonly clock: Clock;
  readonly giveUpAfter: number;
  readonly onNotice: (notice: SubscriptionNotice) => void;
  readonly onGiveUp: (error: MsgError) => void;
}

/**
 * Watches over a subscription's connection: kafkajs itself tries for ever without a word. Tells when
 * it fails or falls silent and when it works again, and gives up when that takes too long.
 */
export class OutageWatch {
  readonly #options: OutageOptions;
  readonly #timer: NodeJS.Timeout;
  #lastAnswer: number;
  #outage: { readonly since: number; readonly reason: string } | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
    this.#lastAnswer = options.clock();
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_INTERVAL);
  }

  /** A broker has answered something. */
  answered(): void {
    this.#lastAnswer = this.#options.clock();
    if (this.#outage?.reason === SILENT) this.working();
  }

  /** Records can be read. */
  working(): void {
    if (this.#outage === undefined) return;
    this.#outage = undefined;
    this.#options.onNotice({ kind: 'reachable' });
  }

  /** No records can be read, for a reason that may pass. */
  failed(reason: string): void {
    if (this.#outage !== undefined) return;
    this.#outage = { since: this.#lastAnswer, reason };
    this.#options.onNotice({ kind: 'unreachable', ...this.#outage });
  }

  /** Ends the watch. */
  end(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const { clock, giveUpAfter, onGiveUp } = this.#options;
    if (clock() - this.#lastAnswer >= LONGEST_SILENCE) this.failed(SILENT);
    if (this.#outage === undefined) return;
    const { since, reason } = this.#outage;
    const duration = clock() - since;
    if (duration < giveUpAfter) return;
    this.end();
    const message = `no records for ${Math.round(duration / 1000)} s: ${reason}`;
    const hint = 'nothing is lost: start again when the broker is back';
    onGiveUp(new MsgError('broker-unreachable', message, { hint }));
  }
}
