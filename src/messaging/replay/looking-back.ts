import { setTimeout as pause } from 'node:timers/promises';
import type { PeerName } from '../../domain/peer-name.js';
import { MsgError } from '../../errors.js';
import type { Deliverer } from '../deliver.js';
import type { MessagingDeps } from '../deps.js';
import type { Inspected } from '../inspect.js';
import { isPassing } from '../passing.js';
import { retryDelay, type DeliveryEvent, type SettlementOptions } from '../settlement.js';
import type { IncomingDelivery, Sink } from '../sink.js';
import { replaysOf, type LookBackDeps } from './look-back.js';

/** What happened to a message that a look back delivers again. */
export type LookBackEvent =
  | Extract<DeliveryEvent, { kind: 'delivered' | 'postponed' }>
  /** It was not delivered again; without an error because an earlier one of its sender was not. */
  | {
      readonly kind: 'not-replayed';
      readonly message: Pick<IncomingDelivery, 'header'>;
      readonly error: MsgError | undefined;
    };

/** How to look back. */
export interface LookBackOptions extends Pick<SettlementOptions, 'maxAttempts'> {
  readonly sink: Sink;
  /** Whether to try again what fails for now; else it holds back what follows from the same sender. */
  readonly isPatient: boolean;
  /** It counts how many were delivered, and says when these were enough. */
  readonly deliverer: Pick<Deliverer, 'isSated' | 'countOne' | 'discountOne'>;
  readonly onEvent: (event: LookBackEvent) => void;
  /** From then on nothing is tried again. */
  readonly signal: AbortSignal;
}

/**
 * Delivers again, marked as replays, what had been delivered before and was read again. They were
 * delivered once, so whatever fails here changes nothing about them, and the look back goes on.
 */
export class LookingBack {
  readonly #deps: LookBackDeps & Pick<MessagingDeps, 'clock'>;
  readonly #options: LookBackOptions;
  readonly #waiting = new Map<PeerName, MsgError>();
  #turn: Promise<void> = Promise.resolve();
  #busy = 0;

  constructor(deps: LookBackDeps & Pick<MessagingDeps, 'clock'>, options: LookBackOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** What failed for now, and would be tried again by who is patient. */
  get obstacle(): MsgError | undefined {
    return [...this.#waiting.values()].at(0);
  }

  /** Whether one is being delivered, or waits for its next attempt: it is counted, and may yet fail. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /**
   * Partitions take turns, since what one delivers may be enough.
   *
   * @throws what says nothing about a message, such as that the reader of the output went away.
   */
  async take(inspected: Inspected): Promise<void> {
    const turn = this.#turn.then(() => this.#takeInTurn(inspected));
    this.#turn = turn.catch(() => undefined);
    this.#busy++;
    try {
      await turn;
    } finally {
      this.#busy--;
    }
  }

  async #takeInTurn(inspected: Inspected): Promise<void> {
    const { deliverer } = this.#options;
    for (const message of await replaysOf(inspected, this.#deps)) {
      if (deliverer.isSated) return;
      if ('error' in message) {
        this.#options.onEvent({ kind: 'not-replayed', message, error: message.error });
        continue;
      }
      deliverer.countOne();
      if (!(await this.#deliver(message))) deliverer.discountOne();
    }
  }

  async #deliver(message: IncomingDelivery): Promise<boolean> {
    const { sink, onEvent, signal } = this.#options;
    if (this.#waiting.has(message.header.from)) {
      onEvent({ kind: 'not-replayed', message, error: undefined });
      return false;
    }
    for (let tries = 1; ; tries++) {
      try {
        const result = await sink.deliver({ ...message, attempt: message.attempt + tries - 1 });
        onEvent({ kind: 'delivered', message, result });
        return true;
      } catch (error) {
        if (!(error instanceof MsgError)) throw error;
        if (!(await this.#isWorthAnother(message, error, tries)) || signal.aborted) return false;
      }
    }
  }

  /** Waits before it says yes; says what becomes of the message otherwise. */
  async #isWorthAnother(
    message: IncomingDelivery,
    error: MsgError,
    tries: number,
  ): Promise<boolean> {
    const { isPatient, maxAttempts = Infinity, onEvent, signal } = this.#options;
    const { from } = message.header;
    const isOver = !isPassing(error) || (error.code === 'handler-failed' && tries >= maxAttempts);
    if (isOver || !isPatient) {
      if (!isOver) this.#waiting.set(from, error);
      onEvent({ kind: 'not-replayed', message, error });
      return false;
    }
    const delay = retryDelay(tries);
    onEvent({ kind: 'postponed', from, until: this.#deps.clock() + delay, error });
    await pause(delay, undefined, { signal }).catch(() => undefined);
    return true;
  }
}
