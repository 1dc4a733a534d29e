import { parseHeader } from '../envelope/header-json.js';
import { open } from '../envelope/open.js';
import type { Header } from '../envelope/header.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Delivery } from '../ledger/port.js';
import { Bell } from './bell.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './inspect.js';
import type { Refusal } from './kinds.js';
import type { OpenedCache } from './opened-cache.js';
import { memoryPayload, type Payload } from './payload.js';
import { SinkClosed, type IncomingDelivery, type Sink, type SinkResult } from './sink.js';

/** For how long a lane stays claimed without a renewal, in milliseconds. */
const LEASE = 60_000;
/** How long an idle worker sleeps before it looks what other processes have received. */
const LOOK_AGAIN = 1_000;
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
  | { readonly kind: 'quarantined'; readonly header: Header; readonly detail: string };

/** How deliveries are made. */
export interface DeliverOptions {
  readonly sink: Sink;
  /** A name for this process's claims; no two live processes share one. */
  readonly owner: string;
  /** How many senders are served at the same time; one sender's messages always keep their order. */
  readonly lanes: number;
  /** Stop claiming after so many deliveries. */
  readonly stopAfter: number | undefined;
  readonly cache: OpenedCache;
  readonly onEvent: (event: DeliveryEvent) => void;
}

interface BlockedLane {
  readonly until: number;
  readonly failures: number;
  readonly error: MsgError;
}

/** Delivers from the ledger, in a lane a sender: what fails blocks its own lane only. */
export class Deliverer {
  readonly #deps: Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'clock'>;
  readonly #options: DeliverOptions;
  readonly #bell = new Bell();
  readonly #active = new Set<PeerName>();
  readonly #blocked = new Map<PeerName, BlockedLane>();
  #begun = 0;
  /** The count of the bell before the last look that found nothing to deliver. */
  #idleSince: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #failure: Error | undefined;

  constructor(
    deps: Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'clock'>,
    options: DeliverOptions,
  ) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Whether as many messages as were asked for have been delivered or are being. */
  get isSated(): boolean {
    return this.#options.stopAfter !== undefined && this.#begun >= this.#options.stopAfter;
  }

  /** The failure that keeps lanes blocked, when there is nothing else to deliver. */
  get blockedBy(): MsgError | undefined {
    const isIdle = this.#active.size === 0 && this.#idleSince === this.#bell.rings;
    return isIdle ? [...this.#blocked.values()].at(0)?.error : undefined;
  }

  /** Something was received: idle workers look at once. */
  wake(): void {
    this.#bell.ring();
  }

  /** Finishes the deliveries in hand. */
  stop(): void {
    this.#stopping = true;
    this.#bell.ring();
  }

  /** Counts a delivery made elsewhere (a replay) towards `stopAfter`. */
  countOne(): void {
    this.#begun++;
    this.#bell.ring();
  }

  /** Runs until `stop`, or until as many as asked for are delivered, or the sink is closed. */
  async run(): Promise<void> {
    const renewal = setInterval(() => void this.#renewLeases(), LEASE / 3);
    const workers = Array.from({ length: this.#options.lanes }, () => this.#workUntilStopped());
    await Promise.all(workers);
    clearInterval(renewal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Whatever ends one worker ends all of them, each with its delivery in hand finished. */
  async #workUntilStopped(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #work(): Promise<void> {
    while (!this.#stopping && !this.isSated) {
      const { rings } = this.#bell;
      const claimed = await this.#claimInTurn();
      if (claimed === undefined) {
        this.#idleSince = rings;
        await this.#bell.wait(rings, this.#untilNextLook());
      } else if (!(await this.#deliver(claimed))) this.#begun--;
    }
  }

  /** One claim at a time, so that no worker claims past `stopAfter`. */
  #claimInTurn(): Promise<Delivery | undefined> {
    const turn = this.#turn.then(() => this.#claim());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #claim(): Promise<Delivery | undefined> {
    if (this.#stopping || this.isSated) return undefined;
    const now = this.#deps.clock();
    const blocked = [...this.#blocked].filter(([, lane]) => lane.until > now).map(([peer]) => peer);
    const claimed = await this.#deps.ledger.lanes.claim({
      owner: this.#options.owner,
      leaseUntil: now + LEASE,
      except: [...this.#active, ...blocked],
    });
    if (claimed === undefined) return undefined;
    this.#active.add(claimed.sender);
    this.#begun++;
    return claimed;
  }

  #untilNextLook(): number {
    const now = this.#deps.clock();
    const waits = [...this.#blocked.values()].map(({ until }) => Math.max(until - now, 1));
    return Math.min(LOOK_AGAIN, ...waits);
  }

  async #deliver(claimed: Delivery): Promise<boolean> {
    try {
      const expired = this.#expiryOf(claimed);
      if (expired !== undefined) {
        await this.#quarantine(claimed, expired);
        return false;
      }
      const message = await this.#prepare(claimed);
      const result = await this.#options.sink.deliver(message);
      await this.#deps.ledger.lanes.complete(this.#options.owner, claimed.number);
      this.#blocked.delete(claimed.sender);
      this.#options.onEvent({ kind: 'delivered', message, result });
      return true;
    } catch (error) {
      await this.#failed(claimed, error);
      return false;
    } finally {
      this.#active.delete(claimed.sender);
      this.#bell.ring();
    }
  }

  async #prepare(claimed: Delivery): Promise<IncomingDelivery> {
    const { number, signer, source, receivedAt, sinkNote } = claimed;
    const payload = await this.#payloadOf(claimed);
    return {
      number,
      header: parseHeader(claimed.header),
      payload,
      signer,
      source,
      receivedAt,
      attempt: claimed.attempts,
      redelivered: claimed.attempts > 1,
      replay: false,
      sinkNote,
      note: (text) => this.#deps.ledger.lanes.note(number, text),
    };
  }

  async #payloadOf(claimed: Delivery): Promise<Payload> {
    const kept = this.#options.cache.take(cacheKey(claimed.sender, claimed.id));
    if (kept !== undefined) return memoryPayload(kept.payload);
    const opening = await this.#deps.openingKeys();
    // Its size was judged when it came in: a limit lowered since then must not lose what was accepted.
    const { payload } = await open(claimed.sealed, opening, { sealed: claimed.sealed.length });
    return memoryPayload(payload);
  }

  async #failed(claimed: Delivery, error: unknown): Promise<void> {
    const { owner, onEvent } = this.#options;
    if (error instanceof SinkClosed) {
      await this.#deps.ledger.lanes.release(owner, claimed.number);
      this.#end(undefined);
    } else if (isPassing(error)) {
      await this.#deps.ledger.lanes.release(owner, claimed.number);
      const until = this.#block(claimed.sender, error);
      onEvent({ kind: 'postponed', from: claimed.sender, until, error });
    } else if (error instanceof MsgError) {
      await this.#quarantine(claimed, { reason: error.code, detail: error.message });
    } else {
      await this.#deps.ledger.lanes.release(owner, claimed.number);
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** It may have waited here for long, so this is judged when it would be delivered. */
  #expiryOf({ header }: Delivery): Refusal | undefined {
    const { expires } = parseHeader(header);
    if (expires === undefined || expires > this.#deps.clock()) return undefined;
    return { reason: 'expired', detail: `it expired on ${new Date(expires).toISOString()}` };
  }

  async #quarantine(claimed: Delivery, why: Refusal): Promise<void> {
    await this.#deps.ledger.lanes.quarantine(this.#options.owner, claimed.number, why);
    this.#blocked.delete(claimed.sender);
    const header = parseHeader(claimed.header);
    this.#options.onEvent({ kind: 'quarantined', header, detail: why.detail });
  }

  #block(sender: PeerName, error: MsgError): number {
    const failures = (this.#blocked.get(sender)?.failures ?? 0) + 1;
    const backoff = Math.min(FIRST_BACKOFF * 2 ** (failures - 1), LONGEST_BACKOFF);
    const until = this.#deps.clock() + backoff;
    this.#blocked.set(sender, { until, failures, error });
    return until;
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
        .renew(this.#options.owner, sender, leaseUntil)
        .catch(() => undefined);
    }
  }
}

/** Under what an opened message is remembered until its delivery. */
export function cacheKey(sender: PeerName, id: string): string {
  return `${sender} ${id}`;
}
