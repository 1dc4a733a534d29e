import { MsgError } from '../errors.js';
import type {
  ClaimedDelivery,
  ClaimedLane,
  DeliveryKey,
  FailedDelivery,
  LaneKind,
  OutboxLane,
} from '../ledger/port.js';
import type { PeerName } from '../domain/peer-name.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';
import { Lookout } from './lookout.js';
import { leaseFor, noteFailure, type PublishedDelivery } from './publish.js';
import { countTogether, publishClaimed, recheckClaimed, type Claimed } from './large/claimed.js';
import { whileLeased } from './large/while-leased.js';
import { payOwed } from './receipts/pay-owed.js';

/** How many recipients are served at the same time. */
const LANES = 8;
/** What one publish carries at most. */
const MOST = { count: 500, bytes: 900_000 };
/** How long an idle flusher sleeps before it looks what other processes have kept; milliseconds. */
const LOOK_AGAIN = 1_000;
/** After so many lanes in a row of which none could reach the log, the log is away. */
const GIVE_UP_AFTER = 3;

/** What happened to a delivery of the outbox. */
export type FlushEvent =
  | ({ readonly kind: 'sent' | 'waits' } & DeliveryKey & { readonly published: PublishedDelivery })
  | ({ readonly kind: 'failed' } & DeliveryKey & { readonly error: MsgError })
  | ({ readonly kind: 'expired' | 'sealed-anew' | 'cut-up' | 'in-chunks' } & DeliveryKey);

/** How to empty the outbox. */
export interface FlushOptions {
  readonly kinds: readonly LaneKind[];
  readonly onEvent: (event: FlushEvent) => void;
  /** Told how many more bytes of a large payload are in a recipient's inbox, of how many. */
  readonly onSent?: (delivery: DeliveryKey, bytes: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Publishes what waits, each recipient's in order and several recipients' side by side. Several
 * processes may do so at the same time: nothing is published by two of them.
 */
export class OutboxFlusher {
  readonly #deps: MessagingDeps;
  readonly #options: FlushOptions;
  readonly #lookout = new Lookout();
  /** To whom something failed: one message at a time shows which one it is. */
  readonly #careful = new Set<PeerName>();
  #unreachable: MsgError[] = [];

  constructor(deps: MessagingDeps, options: FlushOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Something was put into the outbox: looked at at once. */
  wake(): void {
    this.#lookout.ring();
  }

  /** Tries everything once, also what waits for its next attempt, and returns when it is through. */
  async once(): Promise<void> {
    await this.#prepare();
    const failed: OutboxLane[] = [];
    await whileLeased(this.#deps, () =>
      Promise.all(Array.from({ length: LANES }, () => this.#tryEach(failed))),
    );
  }

  /** Publishes what is due, until the signal: what fails waits longer each time. */
  async run(): Promise<void> {
    const abort = (): void => {
      this.#lookout.ring();
    };
    this.#options.signal.addEventListener('abort', abort);
    await whileLeased(this.#deps, () =>
      Promise.all(Array.from({ length: LANES }, () => this.#tail())),
    );
    this.#options.signal.removeEventListener('abort', abort);
  }

  async #tryEach(failed: OutboxLane[]): Promise<void> {
    while (!this.#options.signal.aborted && this.#unreachable.length < GIVE_UP_AFTER) {
      const lane = await this.#claim({ except: failed, eager: true });
      if (lane === undefined) return;
      if (!(await this.#publish(lane))) failed.push(lane);
    }
  }

  async #tail(): Promise<void> {
    const isOver = (): boolean => this.#options.signal.aborted;
    while (!isOver()) {
      if (await this.#tailOnce()) this.#lookout.ring();
      else if (!isOver()) await this.#lookout.sleep(() => LOOK_AGAIN);
    }
  }

  /** Publishes what is due of one lane; false when there is none, or the ledger cannot say now. */
  async #tailOnce(): Promise<boolean> {
    try {
      const lane = await this.#lookout.find(async () => {
        await this.#prepare();
        return this.#claim({ except: [], eager: false });
      });
      if (lane !== undefined) await this.#publish(lane);
      return lane !== undefined;
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#deps.warn(`the outbox waits: ${error.message}`);
      return false;
    }
  }

  /** Takes over from processes that are gone, ends what is too late, and makes what is owed. */
  async #prepare(): Promise<void> {
    const { isGone, ledger } = this.#deps;
    const { outbox } = ledger;
    await outbox.releaseAbandoned(isGone);
    for (const key of await outbox.expire(this.#deps.clock())) {
      this.#options.onEvent({ kind: 'expired', ...key });
    }
    if (this.#options.kinds.includes('answers')) await payOwed(this.#deps);
  }

  #claim(how: { readonly except: readonly OutboxLane[]; readonly eager: boolean }) {
    const { kinds } = this.#options;
    const claim = { lease: leaseFor(this.#deps), kinds, most: MOST, ...how };
    return this.#deps.ledger.outbox.claim(claim);
  }

  /** Publishes a lane's deliveries; false when one failed, since the ones after it have to wait. */
  async #publish({ recipient, deliveries }: ClaimedLane): Promise<boolean> {
    const fit: Claimed[] = [];
    for (const [index, claimed] of deliveries.entries()) {
      const checked = await this.#recheck(claimed);
      if (checked === 'waits') {
        await this.#putBack(deliveries.slice(index + 1));
        if (fit.length > 0) await this.#publishFit(fit, recipient);
        return false;
      }
      if (checked !== 'over') fit.push(checked);
    }
    return fit.length === 0 || this.#publishFit(fit, recipient);
  }

  /** Publishes as much at once as has one topic; what comes after one that failed waits. */
  async #publishFit(fit: readonly Claimed[], recipient: PeerName): Promise<boolean> {
    let rest = fit;
    while (rest.length > 0) {
      const count = this.#careful.has(recipient) ? 1 : countTogether(rest);
      const together = rest.slice(0, count);
      rest = rest.slice(count);
      const isSent = await this.#publishTogether(together, recipient);
      if (isSent === true) continue;
      this.#careful.add(recipient);
      await this.#putBack(rest);
      return isSent === 'smaller';
    }
    return true;
  }

  /** `smaller` for what is to be claimed anew, before what comes after it, and goes one by one or in parts. */
  async #publishTogether(
    together: readonly Claimed[],
    recipient: PeerName,
  ): Promise<boolean | 'smaller'> {
    const published = await this.#attempt(together, recipient);
    const isTooMuch = together.length > 1 && published.some(isTooLarge);
    for (const [index, one] of published.entries()) {
      const claimed = together[index];
      if (claimed === undefined) continue;
      const { id } = claimed.row;
      const { error } = one.failure ?? {};
      if (error?.code === 'too-large' && together.length === 1) {
        return this.#makeSmaller(claimed, error);
      }
      if (!isTooMuch || one.state === 'sent') this.#report({ id, recipient }, one);
    }
    if (isTooMuch) return 'smaller';
    return published.every(({ state }) => state === 'sent');
  }

  /** True where it failed for good; what keeps it from going in pieces now is met again at the next attempt. */
  async #makeSmaller(claimed: Claimed, refusal: MsgError): Promise<boolean | 'smaller'> {
    const key = { id: claimed.row.id, recipient: claimed.delivery.recipient };
    try {
      const { makeSmaller } = await import('./smaller.js');
      const made = await makeSmaller(claimed, refusal, this.#deps);
      if (made.outcome === 'waits') return false;
      if (made.outcome !== 'never') {
        this.#options.onEvent({ kind: made.outcome, ...key });
        return 'smaller';
      }
      await this.#fail(key, made.error);
      return true;
    } catch (error) {
      if (!(error instanceof MsgError)) throw error;
      const [published] = await noteFailure([claimed], { outcome: 'not-sent', error }, this.#deps);
      if (published !== undefined) this.#report(key, published);
      return false;
    }
  }

  /** Nothing for what cannot be sent any more, and so is in nobody's way. */
  async #attempt(
    together: readonly Claimed[],
    recipient: PeerName,
  ): Promise<readonly PublishedDelivery[]> {
    const [first] = together;
    if (first === undefined) return [];
    const key = { id: first.row.id, recipient };
    try {
      return await publishClaimed(together, this.#deps, (_peer, bytes, total) => {
        this.#options.onSent?.(key, bytes, total);
      });
    } catch (error) {
      if (!(error instanceof MsgError) || first.file === undefined) throw error;
      // Whoever found the payload changed has marked the delivery, and told its recipient.
      if (error.code === 'file-changed') this.#options.onEvent({ kind: 'failed', ...key, error });
      else await this.#fail(key, error, 'unknown');
      return [];
    }
  }

  #report(key: DeliveryKey, published: PublishedDelivery): void {
    const isSent = published.state === 'sent';
    this.#options.onEvent({ kind: isSent ? 'sent' : 'waits', ...key, published });
    const error = published.failure?.error;
    if (isSent) this.#unreachable = [];
    else if (error?.code === 'broker-unreachable') this.#unreachable.push(error);
  }

  /** What may be published now, or that it has to wait, or that nothing is left to do for it. */
  async #recheck(claimed: ClaimedDelivery): Promise<Claimed | 'waits' | 'over'> {
    const { row, delivery } = claimed;
    const key = { id: row.id, recipient: delivery.recipient };
    if (row.expiresAt !== undefined && row.expiresAt <= this.#deps.clock()) {
      await this.#putBack([claimed]);
      await this.#prepare();
      return 'over';
    }
    try {
      const checked = await recheckClaimed(claimed, this.#deps);
      if (checked.outcome === 'never') return await this.#fail(key, checked.error);
      if (checked.outcome === 'anew') this.#options.onEvent({ kind: 'sealed-anew', ...key });
      return checked.delivery;
    } catch (error) {
      if (!(error instanceof MsgError)) throw error;
      const [published] = await noteFailure([claimed], { outcome: 'not-sent', error }, this.#deps);
      if (published !== undefined) this.#report(key, published);
      return 'waits';
    }
  }

  /** Moves it out of the way of what comes after it. */
  async #fail(
    key: DeliveryKey,
    error: MsgError,
    outcome: FailedDelivery['outcome'] = 'not-sent',
  ): Promise<'over'> {
    const { message } = error;
    await this.#deps.ledger.outbox.markFailed({ ...key, error: message, outcome });
    this.#options.onEvent({ kind: 'failed', ...key, error });
    return 'over';
  }

  /** What waits behind a delivery that failed was never tried: it is due when that one is. */
  async #putBack(deliveries: readonly ClaimedDelivery[]): Promise<void> {
    const keys = deliveries.map(({ row, delivery }) => {
      return { id: row.id, recipient: delivery.recipient };
    });
    if (keys.length > 0) await this.#deps.ledger.outbox.putBack(keys);
  }
}

/** Of several that were published together nobody may know which one it was, nor which ones were taken. */
function isTooLarge({ failure }: PublishedDelivery): boolean {
  for (let error: unknown = failure?.error; error instanceof Error; error = error.cause) {
    if (error instanceof MsgError && error.code === 'too-large') return true;
  }
  return false;
}
