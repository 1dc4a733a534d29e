import type { LaneKind } from '../../ledger/port.js';
import type { Subscription } from '../../transport/port.js';
import { Bell } from '../bell.js';
import { inboxGroup, type MessagingDeps } from '../deps.js';
import { OutboxFlusher, type FlushEvent } from '../flush.js';
import { refuseUnfitInbox } from '../inbox-checks.js';
import { OpenedCache } from '../opened-cache.js';
import { isPassing } from '../passing.js';
import { Receiver } from '../receive.js';

/** For how long a stand-in counts without a renewal, in milliseconds. */
const LEASE = 15_000;
/** How often is looked whether somebody listens, in milliseconds. */
const TURN = 1_000;
/** How often the ledger is looked into for what another process has taken in, in milliseconds. */
const LOOK_AGAIN = 100;

/** Where and for how long to wait for something that comes in. */
export interface WaitOptions {
  /** One's own inbox. */
  readonly topic: string;
  /** When (Unix ms) the waiting ends. */
  readonly until: number;
  /** What goes out of the outbox meanwhile: receipts at least. */
  readonly flush: readonly LaneKind[];
  readonly onFlush: (event: FlushEvent) => void;
  /** Ends the waiting before its time. */
  readonly signal: AbortSignal;
}

/**
 * Says before anything is sent what would keep one from waiting for what comes back.
 *
 * @throws MsgError `config` when another ledger reads the inbox, `not-found` when there is none,
 *   `broker-unreachable`, `not-authorised`.
 */
export async function refuseUnreadable(topic: string, deps: MessagingDeps): Promise<void> {
  if (await deps.ledger.readers.isListening(deps.isGone)) return;
  await refuseUnfitInbox({ topic, from: { from: 'committed' }, adopt: false }, deps);
}

/**
 * Looks into the ledger again and again until it has what is waited for. Meanwhile somebody takes in
 * what comes: a listener if there is one; otherwise this or another one that waits, which delivers
 * nothing. Whatever it takes in is in the ledger for the next listener, so it may be killed at any
 * moment.
 *
 * @returns undefined when the time is over, or the signal says so.
 */
export async function whileReading<T>(
  look: () => Promise<T | undefined>,
  options: WaitOptions,
  deps: MessagingDeps,
): Promise<T | undefined> {
  const standIn = new StandIn(options, deps);
  try {
    return await standIn.watch(look);
  } finally {
    await standIn.end();
  }
}

class StandIn {
  readonly #options: WaitOptions;
  readonly #deps: MessagingDeps;
  readonly #token: string;
  readonly #bell = new Bell();
  readonly #ending = new AbortController();
  readonly #flusher: OutboxFlusher;
  readonly #flushed: Promise<void>;
  #reading: { readonly receiver: Receiver; readonly subscription: Subscription } | undefined;
  #failure: Error | undefined;
  #nextTurn = 0;
  #hasWarned = false;

  constructor(options: WaitOptions, deps: MessagingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#token = Buffer.from(deps.random(8)).toString('hex');
    const { flush: kinds, onFlush: onEvent } = options;
    this.#flusher = new OutboxFlusher(deps, { kinds, onEvent, signal: this.#ending.signal });
    this.#flushed = this.#flusher.run().catch((error: unknown) => {
      this.#fail(error);
    });
  }

  async watch<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const { until, signal } = this.#options;
    const wake = (): void => {
      this.#bell.ring();
    };
    signal.addEventListener('abort', wake);
    try {
      for (;;) {
        const { rings } = this.#bell;
        const found = await this.#ifPossible(look);
        if (found !== undefined) return found;
        if (this.#failure !== undefined) throw this.#failure;
        const left = until - this.#deps.clock();
        if (left <= 0 || signal.aborted) return undefined;
        if (this.#deps.clock() >= this.#nextTurn) await this.#ifPossible(() => this.#takeTurn());
        await this.#bell.wait(rings, Math.min(LOOK_AGAIN, left));
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Leaves, with what is in hand finished. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#stopReading();
    await this.#flushed;
    await this.#ifPossible(() => this.#deps.ledger.readers.leave(this.#token));
  }

  async #takeTurn(): Promise<void> {
    const { clock, owner, isGone, ledger } = this.#deps;
    const now = clock();
    this.#nextTurn = now + TURN;
    const lease = { token: this.#token, owner, until: now + LEASE };
    const isMine = await ledger.readers.standIn(lease, isGone);
    if (isMine && this.#reading === undefined) await this.#startReading();
    if (!isMine) await this.#stopReading();
  }

  async #startReading(): Promise<void> {
    const { topic, until } = this.#options;
    const { transport, ledger, self, clock } = this.#deps;
    const receiver = this.#makeReceiver();
    const subscription = await transport.subscribe({
      ...{ topic, group: inboxGroup(self), commitMetadata: ledger.id },
      start: { from: 'committed', known: (partition) => ledger.inbox.position(partition) },
      onRecords: (records, partition) => receiver.take(records, partition),
      onNotice: () => undefined,
      onCaughtUp: () => undefined,
      giveUpAfter: Math.max(1, until - clock()),
    });
    this.#reading = { receiver, subscription };
    subscription.finished.catch((error: unknown) => {
      this.#fail(error);
    });
  }

  #makeReceiver(): Receiver {
    return new Receiver(this.#deps, {
      ...{ movesPosition: true, isPatient: true, signal: this.#ending.signal },
      cache: new OpenedCache(0),
      onKept: () => {
        this.#bell.ring();
      },
      onReceived: () => {
        this.#flusher.wake();
        return Promise.resolve();
      },
      onProgress: () => undefined,
    });
  }

  async #stopReading(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.subscription.stop();
    await reading?.receiver.close();
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#bell.ring();
  }

  /** What cannot be done now (the ledger is held, the log is away) is tried again until the time is over. */
  async #ifPossible<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!this.#hasWarned) this.#deps.warn(`the waiting goes on: ${error.message}`);
      this.#hasWarned = true;
      return undefined;
    }
  }
}
