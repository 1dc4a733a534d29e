import type { Clock } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import type { SubscriptionNotice } from '../port.js';

const SILENCE = 15_000;
const CHECK_INTERVAL = 250;

/** How long brokers may be silent, and who is told. */
export interface OutageOptions {
  readonly clock: Clock;
  readonly giveUpAfter: number;
  readonly onNotice: (notice: SubscriptionNotice) => void;
  readonly onGiveUp: (error: MsgError) => void;
}

/**
 * Watches over answers from the brokers: kafkajs itself tries for ever without a word. Tells when
 * they stop and when they come back, and gives up when that takes too long.
 */
export class OutageWatch {
  readonly #options: OutageOptions;
  readonly #timer: NodeJS.Timeout;
  #lastAnswer: number;
  #failure: string | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
    this.#lastAnswer = options.clock();
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_INTERVAL);
  }

  /** A broker has answered. */
  answered(): void {
    this.#lastAnswer = this.#options.clock();
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.onNotice({ kind: 'reachable' });
  }

  /** A broker could not be reached. */
  failed(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#options.onNotice({ kind: 'unreachable', since: this.#lastAnswer, reason });
  }

  /** Ends the watch. */
  end(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const { clock, giveUpAfter, onGiveUp } = this.#options;
    const silence = clock() - this.#lastAnswer;
    if (silence >= SILENCE) this.failed('no answer');
    if (this.#failure === undefined || silence < giveUpAfter) return;
    this.end();
    const seconds = Math.round(silence / 1000);
    onGiveUp(
      new MsgError('broker-unreachable', `no broker for ${seconds} s: ${this.#failure}`, {
        hint: 'nothing is lost: start again when the broker is back',
      }),
    );
  }
}
