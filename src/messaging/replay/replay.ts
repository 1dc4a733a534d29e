import { checkpoint } from '../../domain/checkpoint.js';
import type { PeerName } from '../../domain/peer-name.js';
import { MsgError } from '../../errors.js';
import type { InboxRow, ReplayFilter } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { KeysUnusable } from '../prepare-delivery.js';
import {
  LaneLost,
  SinkClosed,
  type IncomingDelivery,
  type Sink,
  type SinkResult,
} from '../sink.js';
import { exclusively, isRunning } from './exclusively.js';
import { prepareAgain, type NamedAttempt } from './prepare-again.js';
import { refuseUnfit, selected } from './selection.js';

/** What became of a message that was to be delivered again. */
export type ReplayOutcome =
  | { readonly state: 'delivered'; readonly message: IncomingDelivery; readonly result: SinkResult }
  /** This replay has delivered it in an earlier run. */
  | { readonly state: 'known'; readonly row: InboxRow }
  /** It was never delivered: that is a listener's work, or an operator's. */
  | { readonly state: 'undelivered'; readonly row: InboxRow }
  | { readonly state: 'failed'; readonly row: InboxRow; readonly error: MsgError }
  /** An earlier message of its sender failed for now, and nothing overtakes that. */
  | { readonly state: 'held-back'; readonly row: InboxRow };

/** What to deliver again, and where to. */
export interface ReplayOptions {
  readonly filter: ReplayFilter;
  /**
   * A name under which the ledger remembers what was delivered: the same replay goes on where it was
   * cut short. Without one each call delivers everything.
   */
  readonly run: string | undefined;
  /** End after so many deliveries. */
  readonly count: number | undefined;
  readonly sink: Sink;
  /** Finish the message in hand, then end. */
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: ReplayOutcome) => Promise<void> | void;
}

type ReplayDeps = Pick<
  MessagingDeps,
  'ledger' | 'openingKeys' | 'spool' | 'owner' | 'clock' | 'isGone'
>;

/**
 * Delivers messages from the ledger again, marked as replays, in the order in which they came. No
 * position moves, no message changes its state, no receipt is given, and no broker is asked.
 *
 * @throws MsgError `not-found` or `usage` for an id that is not of a delivered message, before anything
 *   is delivered; `batch-running`; what says nothing about a message, such as keys that cannot be loaded.
 */
export async function replay(options: ReplayOptions, deps: ReplayDeps): Promise<void> {
  await refuseUnfit(options.filter, deps);
  const { run } = options;
  const work = (): Promise<void> => new Replay(options, deps).run();
  await (run === undefined ? work() : exclusively(run, deps, work));
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #deps: ReplayDeps;
  readonly #waiting = new Set<PeerName>();
  #delivered = 0;

  constructor(options: ReplayOptions, deps: ReplayDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { filter, signal, count, onOutcome } = this.#options;
    for await (const row of selected(filter, this.#deps)) {
      if (signal.aborted || this.#delivered === count) return;
      const outcome = await this.#take(row);
      if (outcome === undefined) return;
      await onOutcome(outcome);
    }
  }

  /** Undefined when whoever takes the messages has gone. */
  async #take(row: InboxRow): Promise<ReplayOutcome | undefined> {
    if (row.state !== 'done') return { state: 'undelivered', row };
    if (this.#waiting.has(row.sender)) return { state: 'held-back', row };
    try {
      return await this.#deliver(row);
    } catch (error) {
      if (error instanceof SinkClosed) return undefined;
      return { state: 'failed', row, error: this.#failureOf(error, row) };
    }
  }

  async #deliver(row: InboxRow): Promise<ReplayOutcome> {
    const named = await this.#begin(row);
    if (named?.progress.isDone === true) return { state: 'known', row };
    const message = await prepareAgain(row, this.#deps, named);
    checkpoint('replay:begun');
    const result = await this.#options.sink.deliver(message);
    checkpoint('replay:delivered');
    if (named !== undefined) await this.#deps.ledger.replays.finish(named.run, row.number);
    this.#delivered++;
    return { state: 'delivered', message, result };
  }

  async #begin({ number }: InboxRow): Promise<NamedAttempt | undefined> {
    const { run } = this.#options;
    if (run === undefined) return undefined;
    const { ledger, owner } = this.#deps;
    return { run, owner, progress: await ledger.replays.begin(run, number) };
  }

  /** @throws what says nothing about this message, and keeps all the others from being delivered too. */
  #failureOf(error: unknown, { sender }: InboxRow): MsgError {
    if (error instanceof KeysUnusable) throw error.cause;
    if (error instanceof LaneLost) throw isRunning(this.#options.run ?? '');
    if (!(error instanceof MsgError)) throw error;
    if (error.code === 'ledger-busy') throw error;
    if (error.retryable) this.#waiting.add(sender);
    return error;
  }
}
