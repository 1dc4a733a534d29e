import type { StartPosition, Subscription } from '../transport/port.js';
import { Attendance } from './attendance.js';
import { Bell } from './bell.js';
import { Deliverer } from './deliver.js';
import { inboxGroup, type MessagingDeps } from './deps.js';
import { refuseUnfitInbox } from './inbox-checks.js';
import { OutboxFlusher } from './flush.js';
import { isPassing } from './passing.js';
import type { ListenOptions } from './listen-options.js';
import { countOutcome, emptySummary, type ListenSummary } from './listen-summary.js';
import { WaitingJudge, type JudgedRecord } from './judge-waiting.js';
import { MissedMessages } from './missed-messages.js';
import { OpenedCache } from './opened-cache.js';
import { Receiver, type ReceiptEvent } from './receive.js';
import type { DeliveryEvent } from './settlement.js';
import { LookingBack, type LookBackEvent } from './replay/looking-back.js';
import { SinkClosed } from './sink.js';
import { SpoolUpkeep } from './spool-upkeep.js';
import { unlessAborted } from './unless-aborted.js';
import { whenItFails } from './when-it-fails.js';

export type { ListenEvent, ListenFrom, ListenOptions } from './listen-options.js';
export type { ListenSummary } from './listen-summary.js';

/** For how long a listener that ends goes on emptying the outbox, in milliseconds. */
const LAST_FLUSH = 4_000;

const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * Tails one's own inbox: store, commit, then deliver. Returns when it was told to end.
 *
 * @throws MsgError `config` when another ledger reads this inbox, `broker-unreachable` after
 *   `giveUpAfter`, `not-authorised`, `not-found`; with `untilEmpty`, what keeps a lane blocked.
 */
export async function listen(deps: MessagingDeps, options: ListenOptions): Promise<ListenSummary> {
  return new Listener(deps, options).run();
}

class Listener {
  readonly #deps: MessagingDeps;
  readonly #options: ListenOptions;
  readonly #cache = new OpenedCache(CACHE_BYTES);
  readonly #deliverer: Deliverer;
  readonly #bell = new Bell();
  readonly #summary = emptySummary();
  readonly #ending = new AbortController();
  #isCaughtUp = false;
  readonly #flusher: OutboxFlusher;
  readonly #receiver: Receiver;
  readonly #upkeep: SpoolUpkeep;
  readonly #attendance: Attendance;
  readonly #judge: WaitingJudge;
  readonly #missed: MissedMessages;
  readonly #lookingBack: LookingBack;
  #lastActivity: number;

  constructor(deps: MessagingDeps, options: ListenOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#lastActivity = deps.clock();
    this.#flusher = this.#makeFlusher(this.#ending.signal);
    this.#receiver = this.#makeReceiver();
    this.#attendance = new Attendance(deps);
    this.#judge = new WaitingJudge(deps, {
      signal: this.#ending.signal,
      onJudged: (judged) => {
        this.#onJudged(judged);
      },
    });
    this.#upkeep = new SpoolUpkeep(deps, (file) => {
      options.onEvent({ kind: 'given-up', file });
    });
    this.#missed = new MissedMessages(deps, (message) => {
      options.onEvent({ kind: 'missing', message });
    });
    this.#deliverer = new Deliverer(deps, {
      sink: options.sink,
      lanes: options.lanes,
      stopAfter: options.count,
      maxAttempts: options.maxAttempts,
      isPatient: !options.untilEmpty,
      cache: this.#cache,
      onEvent: (event) => {
        this.#onDelivery(event);
      },
    });
    this.#lookingBack = new LookingBack(deps, {
      ...{ ...options, deliverer: this.#deliverer },
      isPatient: !options.untilEmpty,
      signal: AbortSignal.any([options.signal, this.#ending.signal]),
      onEvent: (event) => {
        this.#onReplay(event);
      },
    });
  }

  async run(): Promise<ListenSummary> {
    const { signal } = this.#options;
    const checked = refuseUnfitInbox(this.#options, this.#deps).then(() => true);
    if ((await unlessAborted(checked, signal)) === undefined) return this.#summary;
    await this.#deps.ledger.lanes.releaseAbandoned(this.#deps.isGone);
    await this.#upkeep.begin();
    await this.#attend();
    const subscription = await unlessAborted(this.#subscribe(), signal);
    if (subscription !== undefined) return this.#read(subscription);
    await this.#attendance.end();
    return this.#summary;
  }

  #subscribe(): Promise<Subscription> {
    return this.#deps.transport.subscribe({
      topic: this.#options.topic,
      group: inboxGroup(this.#deps.self),
      start: this.#start(),
      commitMetadata: this.#deps.ledger.id,
      onRecords: (records, partition) => this.#receiver.take(records, partition),
      onNotice: (notice) => {
        this.#options.onEvent({ kind: 'notice', notice });
      },
      onCaughtUp: () => {
        this.#isCaughtUp = true;
        this.#bell.ring();
      },
      giveUpAfter: this.#options.giveUpAfter,
    });
  }

  async #read(subscription: Subscription): Promise<ListenSummary> {
    const delivered = this.#deliver();
    const flushed = this.#flusher.run();
    const judged = this.#judge.run();
    const abort = (): void => {
      this.#bell.ring();
    };
    this.#options.signal.addEventListener('abort', abort);
    try {
      const beside = [whenItFails(flushed), whenItFails(judged)];
      await Promise.race([subscription.finished, delivered, ...beside, this.#untilDone()]);
    } catch (error) {
      if (!(error instanceof SinkClosed)) throw error;
    } finally {
      this.#ending.abort();
      this.#deliverer.stop();
      this.#bell.ring();
      await Promise.allSettled([subscription.stop(), delivered, flushed, judged]);
      await Promise.allSettled([this.#receiver.close(), this.#upkeep.settled()]);
      await this.#attendance.end();
      this.#options.signal.removeEventListener('abort', abort);
    }
    await delivered;
    await this.#flushOnceMore();
    return this.#summary;
  }

  /** What the last deliveries put into the outbox leaves with this listener, if the log takes it. */
  async #flushOnceMore(): Promise<void> {
    await this.#makeFlusher(AbortSignal.timeout(LAST_FLUSH)).once();
  }

  #makeFlusher(signal: AbortSignal): OutboxFlusher {
    const { flush: kinds, onEvent } = this.#options;
    return new OutboxFlusher(this.#deps, {
      ...{ kinds, signal },
      onEvent: (event) => {
        onEvent({ kind: 'outbox', event });
      },
    });
  }

  /** Looking back, what is older comes first: the replays, then what was never delivered. */
  async #deliver(): Promise<void> {
    const isLookBack = this.#options.from.from !== 'committed';
    const isEnough = (): boolean => this.#deliverer.isSated && !this.#lookingBack.isBusy;
    while (isLookBack && !this.#isCaughtUp && !isEnough() && !this.#isEnding) {
      await this.#bell.wait(this.#bell.rings, 1_000);
    }
    await this.#deliverer.run();
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted || this.#options.signal.aborted;
  }

  #start(): StartPosition {
    const { from } = this.#options;
    return from.from === 'committed'
      ? { from: 'committed', known: (partition) => this.#deps.ledger.inbox.position(partition) }
      : from;
  }

  #makeReceiver(): Receiver {
    return new Receiver(this.#deps, {
      movesPosition: this.#options.from.from === 'committed',
      isPatient: !this.#options.untilEmpty,
      cache: this.#cache,
      signal: this.#ending.signal,
      onKept: () => {
        this.#lastActivity = this.#deps.clock();
        this.#deliverer.wake();
      },
      onReceived: async (receipts) => {
        for (const receipt of receipts) await this.#onReceived(receipt);
        this.#flusher.wake();
      },
      onProgress: (file) => {
        this.#options.onEvent({ kind: 'progress', file });
      },
    });
  }

  async #onReceived(receipt: ReceiptEvent): Promise<void> {
    if (receipt.outcome === 'unjudged') this.#judge.wake();
    countOutcome(this.#summary, receipt);
    this.#options.onEvent({ kind: 'received', receipt });
    if (receipt.outcome === 'duplicate' && this.#options.from.from !== 'committed') {
      await this.#lookingBack.take(receipt.inspected);
      this.#bell.ring();
    }
  }

  #onJudged(judged: JudgedRecord): void {
    this.#lastActivity = this.#deps.clock();
    countOutcome(this.#summary, judged);
    this.#options.onEvent({ kind: 'judged', judged });
    this.#deliverer.wake();
    this.#flusher.wake();
    this.#bell.ring();
  }

  #onReplay(event: LookBackEvent): void {
    if (event.kind === 'delivered') this.#summary.replayed++;
    if (event.kind === 'not-replayed') this.#summary.notReplayed++;
    this.#lastActivity = this.#deps.clock();
    this.#options.onEvent(event);
    this.#bell.ring();
  }

  #onDelivery(event: DeliveryEvent): void {
    if (event.kind === 'delivered') this.#summary.delivered++;
    if (event.kind === 'quarantined') this.#summary.refused++;
    this.#upkeep.afterDelivery(event);
    this.#lastActivity = this.#deps.clock();
    this.#options.onEvent(event);
    this.#flusher.wake();
    this.#bell.ring();
  }

  async #untilDone(): Promise<void> {
    while (!this.#isEnding) {
      const { rings } = this.#bell;
      const isEmpty = await this.#isEmpty();
      if (isEmpty) await this.#missed.end();
      if (isEmpty || this.#isIdle()) return;
      await this.#bell.wait(rings, this.#untilIdle());
      this.#upkeep.tick();
      await this.#missed.tick();
      await this.#attend();
      if (this.#bell.rings === rings) await this.#freeAbandoned();
    }
  }

  /** One that only looks back leaves the inbox to others. */
  async #attend(): Promise<void> {
    if (this.#options.from.from === 'committed') await this.#attendance.show();
  }

  /** Another process of this ledger may have been killed with messages in hand. */
  async #freeAbandoned(): Promise<void> {
    try {
      const freed = await this.#deps.ledger.lanes.releaseAbandoned(this.#deps.isGone);
      if (freed > 0) this.#deliverer.wake();
    } catch (error) {
      // A ledger that cannot be written now is looked at again in a second.
      if (!isPassing(error)) throw error;
    }
  }

  async #isEmpty(): Promise<boolean> {
    if (!this.#options.untilEmpty || !this.#isCaughtUp) return false;
    const { inbox, quarantine } = this.#deps.ledger;
    const isDelivered = (await inbox.undelivered()) === 0;
    const isJudged = isDelivered && (await quarantine.unjudged()).records === 0;
    const { obstacle } = isJudged ? this.#lookingBack : this.#judge;
    const blocked = isDelivered ? obstacle : this.#deliverer.blockedBy;
    if (blocked !== undefined) throw blocked;
    return isJudged;
  }

  #isIdle(): boolean {
    const { idleTimeout } = this.#options;
    return idleTimeout !== undefined && this.#deps.clock() - this.#lastActivity >= idleTimeout;
  }

  #untilIdle(): number {
    const { idleTimeout } = this.#options;
    if (idleTimeout === undefined) return 1_000;
    return Math.max(1, Math.min(1_000, this.#lastActivity + idleTimeout - this.#deps.clock()));
  }
}
