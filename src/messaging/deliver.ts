import { checkpoint } from '../domain/checkpoint.js';
import type { PeerName } from '../domain/peer-name.js';
import type { MsgError } from '../errors.js';
import type { Delivery } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { Lookout } from './lookout.js';
import type { OpenedCache } from './opened-cache.js';
import { prepareDelivery } from './prepare-delivery.js';
import { Settlement, type SettlementOptions } from './settlement.js';
import { SinkClosed, type IncomingDelivery, type Sink, type SinkResult } from './sink.js';

/** For how long a lane stays claimed without a renewal, in milliseconds. */
const LEASE = 60_000;
/** How long an idle worker sleeps before it looks what other processes have received. */
const LOOK_AGAIN = 1_000;

/** How deliveries are made. */
export interface DeliverOptions extends SettlementOptions {
  readonly sink: Sink;
  /** How many senders are served at the same time; one sender's messages always keep their order. */
  readonly lanes: number;
  /** Stop claiming after so many deliveries. */
  readonly stopAfter: number | undefined;
  readonly cache: OpenedCache;
}

type DeliverDeps = Omit<MessagingDeps, 'transport'>;

/** Delivers from the ledger, in a lane a sender: what fails blocks its own lane only. */
export class Deliverer {
  readonly #deps: DeliverDeps;
  readonly #options: DeliverOptions;
  readonly #settlement: Settlement;
  readonly #lookout = new Lookout();
  readonly #active = new Set<PeerName>();
  readonly #ending = new AbortController();
  #begun = 0;
  #failure: Error | undefined;

  constructor(deps: DeliverDeps, options: DeliverOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#settlement = new Settlement(deps, options, this.#ending.signal);
  }

  /** Whether as many messages as were asked for have been delivered or are being. */
  get isSated(): boolean {
    return this.#options.stopAfter !== undefined && this.#begun >= this.#options.stopAfter;
  }

  /** The failure that keeps lanes blocked, when there is nothing else to deliver. */
  get blockedBy(): MsgError | undefined {
    const isIdle = this.#active.size === 0 && this.#lookout.isEmpty;
    return isIdle ? this.#settlement.obstacle : undefined;
  }

  /** Something was received: idle workers look at once. */
  wake(): void {
    this.#lookout.ring();
  }

  /** Finishes the deliveries in hand. */
  stop(): void {
    this.#ending.abort();
    this.#lookout.ring();
  }

  /** Counts a delivery made elsewhere (a replay) towards `stopAfter`. */
  countOne(): void {
    this.#begun++;
    this.#lookout.ring();
  }

  /** What was counted was not delivered after all. */
  discountOne(): void {
    this.#begun--;
    this.#lookout.ring();
  }

  /** Runs until `stop`, or until as many as asked for are delivered, or the sink is closed. */
  async run(): Promise<void> {
    const renewal = setInterval(() => void this.#renewLeases(), LEASE / 3);
    const workers = Array.from({ length: this.#options.lanes }, () => this.#workUntilStopped());
    await Promise.all(workers);
    clearInterval(renewal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #isOver(): boolean {
    return this.#ending.signal.aborted || this.isSated;
  }

  /** Whatever ends one worker ends all of them, each with its delivery in hand finished. */
  async #workUntilStopped(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      this.#end(asError(error));
    }
  }

  async #work(): Promise<void> {
    while (!this.#isOver()) {
      // One claim at a time, so that no worker claims past `stopAfter`.
      const claimed = await this.#lookout.find(() => this.#claim());
      if (claimed !== undefined) {
        if (!(await this.#deliver(claimed))) this.#begun--;
      } else if (!this.#isOver()) await this.#lookout.sleep(() => this.#untilNextLook());
    }
  }

  async #claim(): Promise<Delivery | undefined> {
    const claimed = await this.#settlement.patiently(() => {
      if (this.#isOver()) return Promise.resolve(undefined);
      const leaseUntil = this.#deps.clock() + LEASE;
      const { owner } = this.#deps;
      return this.#deps.ledger.lanes.claim({ owner, leaseUntil, except: [...this.#active] });
    });
    if (claimed === undefined) return undefined;
    this.#active.add(claimed.sender);
    this.#begun++;
    return claimed;
  }

  async #untilNextLook(): Promise<number> {
    const now = this.#deps.clock();
    const blocked = await this.#settlement.patiently(() => this.#deps.ledger.lanes.blocked());
    const waits = blocked.map(({ until }) => until - now).filter((wait) => wait > 0);
    return Math.max(1, Math.min(LOOK_AGAIN, ...waits));
  }

  /** Says whether it was delivered. */
  async #deliver(claimed: Delivery): Promise<boolean> {
    try {
      return await this.#attempt(claimed);
    } catch (error) {
      await this.#settlement.release(claimed);
      this.#end(error instanceof SinkClosed ? undefined : asError(error));
      return false;
    } finally {
      this.#active.delete(claimed.sender);
      this.#lookout.ring();
    }
  }

  async #attempt(claimed: Delivery): Promise<boolean> {
    let message: IncomingDelivery;
    let result: SinkResult;
    checkpoint('deliver:claimed');
    try {
      const { owner, ledger } = this.#deps;
      const preparing = prepareDelivery(claimed, this.#deps, { ...this.#options, owner });
      [message] = await Promise.all([preparing, ledger.durable()]);
      result = await this.#options.sink.deliver(message);
    } catch (error) {
      await this.#settlement.fail(claimed, error);
      return false;
    }
    checkpoint('deliver:delivered');
    await this.#settlement.complete(claimed);
    checkpoint('deliver:completed');
    this.#options.onEvent({ kind: 'delivered', message, result });
    return true;
  }

  #end(failure: Error | undefined): void {
    this.#failure ??= failure;
    this.stop();
  }

  async #renewLeases(): Promise<void> {
    const leaseUntil = this.#deps.clock() + LEASE;
    for (const sender of this.#active) {
      // One renewal that fails is made good by the next: a lease lasts for three of them.
      await this.#deps.ledger.lanes
        .renew(this.#deps.owner, sender, leaseUntil)
        .catch(() => undefined);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
