import type { PeerName } from '../domain/peer-name.js';
import type { Header } from '../envelope/header.js';
import { parseHeader } from '../envelope/header-json.js';
import { MsgError } from '../errors.js';
import type { Delivery } from '../ledger/port.js';
import { isPassing } from './passing.js';
import type { Refusal } from './kinds.js';
import { patiently } from './patience.js';
import { KeysUnusable } from './prepare-delivery.js';
import type { AnswerDeps } from './receipts/answer.js';
import { processedAnswer, rejectedAnswer } from './receipts/give.js';
import { LaneLost, type IncomingDelivery, type SinkResult } from './sink.js';

const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 30_000;

/** What happened to a delivery, for the one who reports it. */
export type DeliveryEvent =
  | { readonly kind: 'delivered'; readonly message: IncomingDelivery; readonly result: SinkResult }
  | {
      readonly kind: 'postponed';
      readonly from: PeerName;
      readonly until: number;
      readonly error: MsgError;
    }
  | { readonly kind: 'quarantined'; readonly header: Header; readonly detail: string }
  /** Nothing can be delivered for now, from anybody. */
  | { readonly kind: 'hindered'; readonly error: MsgError };

/** How deliveries are settled. */
export interface SettlementOptions {
  /** How often a handler may fail on one message before that goes to quarantine; absent: for ever. */
  readonly maxAttempts?: number | undefined;
  /** Whether to wait for a ledger that cannot be used for now, instead of ending with its failure. */
  readonly isPatient: boolean;
  readonly onEvent: (event: DeliveryEvent) => void;
}

/** Writes into the ledger what became of deliveries. */
export class Settlement {
  readonly #deps: AnswerDeps;
  readonly #options: SettlementOptions;
  readonly #signal: AbortSignal;
  readonly #obstacles = new Map<PeerName, MsgError>();

  /** @param signal from then on nothing is waited for any more. */
  constructor(deps: AnswerDeps, options: SettlementOptions, signal: AbortSignal) {
    this.#deps = deps;
    this.#options = options;
    this.#signal = signal;
  }

  /** What this process met in a lane that waits. */
  get obstacle(): MsgError | undefined {
    return [...this.#obstacles.values()].at(0);
  }

  /** Does what the ledger cannot do now later, unless failing is what the caller wants. */
  patiently<T>(work: () => Promise<T>): Promise<T> {
    const { isPatient, onEvent } = this.#options;
    if (!isPatient) return work();
    const onTrouble = (error: MsgError): void => {
      onEvent({ kind: 'hindered', error });
    };
    return patiently(work, { signal: this.#signal, onTrouble });
  }

  /** It was delivered. */
  async complete(delivered: Delivery): Promise<void> {
    const { lanes } = this.#deps.ledger;
    await this.patiently(async () => {
      const answer = await processedAnswer(delivered, this.#deps);
      await lanes.complete(this.#deps.owner, delivered.number, answer);
    });
    this.#obstacles.delete(delivered.sender);
  }

  /** It was neither delivered nor refused: it comes again as it is. */
  async release({ number }: Delivery): Promise<void> {
    await this.patiently(() => this.#deps.ledger.lanes.release(this.#deps.owner, number));
  }

  /**
   * It was not delivered: for now, or for good.
   *
   * @throws what says nothing about the message and ends the deliveries.
   */
  async fail(claimed: Delivery, error: unknown): Promise<void> {
    if (error instanceof LaneLost) return;
    if (error instanceof KeysUnusable) throw error.cause;
    if (!(error instanceof MsgError)) throw error;
    if (isPassing(error)) await this.#postpone(claimed, error);
    else await this.#quarantine(claimed, refusalOf(error));
  }

  async #postpone(claimed: Delivery, error: MsgError): Promise<void> {
    const { owner } = this.#deps;
    const { maxAttempts, onEvent } = this.#options;
    const tries = claimed.attempts - claimed.spared;
    if (error.code === 'handler-failed' && maxAttempts !== undefined && tries >= maxAttempts) {
      return this.#quarantine(claimed, {
        reason: error.code,
        detail: `gave up at attempt ${tries}: ${error.message}`,
      });
    }
    const failure = { code: error.code, detail: error.message, delay: retryDelay };
    const until = await this.patiently(() =>
      this.#deps.ledger.lanes.postpone(owner, claimed.number, failure),
    );
    if (until === undefined) return;
    this.#obstacles.set(claimed.sender, error);
    onEvent({ kind: 'postponed', from: claimed.sender, until, error });
  }

  async #quarantine(claimed: Delivery, why: Refusal): Promise<void> {
    const { onEvent } = this.#options;
    const {
      owner,
      ledger: { lanes },
    } = this.#deps;
    const isQuarantined = await this.patiently(async () => {
      const answer = await rejectedAnswer(claimed, why, this.#deps);
      return lanes.quarantine(owner, claimed.number, { ...why, answer });
    });
    if (!isQuarantined) return;
    this.#obstacles.delete(claimed.sender);
    onEvent({ kind: 'quarantined', header: parseHeader(claimed.header), detail: why.detail });
  }
}

/** A sink that was loaded on demand brings its own copy of the class, so it goes by the property. */
function refusalOf(error: MsgError): Refusal {
  const hasReason = 'reason' in error && typeof error.reason === 'string';
  return { reason: hasReason ? String(error.reason) : error.code, detail: error.message };
}

/** How long a message waits after so many failures, in milliseconds. */
export function retryDelay(failures: number): number {
  return Math.min(FIRST_BACKOFF * 2 ** Math.min(failures - 1, 16), LONGEST_BACKOFF);
}
