import type { ErrorCode, MsgError } from '../errors.js';
import type { QuarantineRow } from '../ledger/port.js';
import { backoffAfter } from './backoff.js';
import { Bell } from './bell.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';
import { retryQuarantined, type RetryOutcome } from './retry-quarantined.js';

const BACKOFF = { first: 1_000, longest: 60_000 };
/** How long it sleeps before it looks again at what waits, in milliseconds. */
const LOOK_AGAIN = 1_000;
/** And where nothing waits, since others judge what they have set aside themselves unless they die. */
const LOOK_FOR_OTHERS = 5_000;

/** A record that had waited was judged. */
export interface JudgedRecord {
  readonly row: QuarantineRow;
  readonly outcome: RetryOutcome;
  /** Why it is refused, where it is. */
  readonly detail: string;
}

/** Why a lane waits, and until when. */
interface Wait {
  readonly until: number;
  readonly failures: number;
  readonly error: MsgError;
}

/** The directory does not answer: nobody else can be judged either. */
const CONCERNS_ALL: ReadonlySet<ErrorCode> = new Set(['chain-unreachable', 'address-book-stale']);

/**
 * Judges what was set aside, each signer's records in their order, until it can: a lane that fails is
 * tried again after longer and longer waits, and others meanwhile.
 */
export class WaitingJudge {
  readonly #deps: MessagingDeps;
  readonly #signal: AbortSignal;
  readonly #onJudged: (judged: JudgedRecord) => void;
  readonly #bell = new Bell();
  readonly #waits = new Map<string, Wait>();
  #obstacle: MsgError | undefined;

  constructor(
    deps: MessagingDeps,
    { signal, onJudged }: { signal: AbortSignal; onJudged: (judged: JudgedRecord) => void },
  ) {
    this.#deps = deps;
    this.#signal = signal;
    this.#onJudged = onJudged;
  }

  /** Why what waits could not be judged at the last look; undefined before it was tried. */
  get obstacle(): MsgError | undefined {
    return this.#obstacle;
  }

  /** Something was set aside. */
  wake(): void {
    this.#obstacle = undefined;
    this.#bell.ring();
  }

  /** Runs until it is told to end. */
  async run(): Promise<void> {
    const wake = (): void => {
      this.#bell.ring();
    };
    this.#signal.addEventListener('abort', wake);
    while (!this.#signal.aborted) {
      const { rings } = this.#bell;
      const isEmpty = await this.#look();
      await this.#bell.wait(rings, isEmpty ? LOOK_FOR_OTHERS : LOOK_AGAIN);
    }
    this.#signal.removeEventListener('abort', wake);
  }

  /** Says whether nothing waited. A ledger that cannot be used now is looked at again in a second. */
  async #look(): Promise<boolean> {
    try {
      const lanes = await this.#deps.ledger.quarantine.unjudgedLanes();
      for (const lane of this.#waits.keys()) if (!lanes.includes(lane)) this.#waits.delete(lane);
      for (const lane of lanes) {
        if (this.#signal.aborted) break;
        if ((this.#waits.get(lane)?.until ?? 0) > this.#deps.clock()) continue;
        const error = await this.#judge(lane);
        if (error !== undefined && CONCERNS_ALL.has(error.code)) break;
      }
      this.#obstacle = [...this.#waits.values()].at(0)?.error;
      return lanes.length === 0;
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#obstacle = error;
      return false;
    }
  }

  /** Judges a lane until it is empty, or gives what stands in the way. */
  async #judge(lane: string): Promise<MsgError | undefined> {
    for (;;) {
      const row = await this.#deps.ledger.quarantine.nextUnjudged(lane);
      if (row === undefined || this.#signal.aborted) return undefined;
      try {
        const outcome = await retryQuarantined(row, this.#deps);
        this.#waits.delete(lane);
        const after = await this.#deps.ledger.quarantine.find(row.number);
        this.#onJudged({ row, outcome, detail: after?.detail ?? row.detail });
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#postpone(lane, error);
        return error;
      }
    }
  }

  #postpone(lane: string, error: MsgError): void {
    const failures = 1 + (this.#waits.get(lane)?.failures ?? 0);
    const delay = backoffAfter(failures, BACKOFF, this.#deps.random);
    this.#waits.set(lane, { until: this.#deps.clock() + delay, failures, error });
  }
}
