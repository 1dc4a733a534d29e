import { checkpoint } from '../../domain/checkpoint.js';
import { newMessageId } from '../../domain/message-id.js';
import { othersTurn } from '../../domain/turn.js';
import { MsgError } from '../../errors.js';
import type { MessagingDeps } from '../deps.js';
import { whileLeased } from '../large/while-leased.js';
import { leaseFor, publishBegun, type PublishFailure } from '../publish.js';
import { resolveRecipients, type ResolvedRecipient } from '../recipients.js';
import { tooLarge as tooLargeForInbox } from '../send.js';
import { Arrivals } from './arrivals.js';
import {
  BOUNDS,
  Filling,
  halvesOf,
  headerItemOf,
  LARGEST_ITEM,
  type BatchBounds,
  type BatchedMessage,
  type BatchedResult,
  type BatchOptions,
  type Kept,
  type Load,
  type PendingItem,
} from './batch-request.js';
import { composeBatch } from './compose-batch.js';
import { InboxLimit } from './inbox-limit.js';
import { settle, tooLarge, unsayableIn } from './item-outcome.js';
import { pooled } from './pooled-random.js';
import { leaveOutTaken } from './taken-ids.js';

/** So many batches may wait before {@link Batcher.ready} holds the caller back. */
const MOST_WAITING = 2;

/**
 * Gathers messages to one peer into batches, each sealed, kept and published as a whole. While one is on
 * its way the next is sealed and written to the ledger. They arrive in the order in which they were added.
 *
 * What cannot be sent ends it: everything after that fails in the same way, unless it is to be queued;
 * then all of it is kept, and published later.
 */
export class Batcher {
  readonly #deps: MessagingDeps;
  readonly #shared: BatchOptions;
  #bounds: BatchBounds;
  #filling: Filling;
  #timer: NodeJS.Timeout | undefined;
  readonly #full: Load[] = [];
  #work: Promise<void> | undefined;
  #waiters: (() => void)[] = [];
  /** The batch before the one that is being kept is published. */
  #underWay: Promise<void> = Promise.resolve();
  readonly #arrivals = new Arrivals();
  readonly #limit: InboxLimit;
  /**
   * Batches that were too large for a record of this inbox, in parts; none where such a part is nobody's
   * any more. Whatever was sealed meanwhile is sealed again behind them: it names what will never come.
   */
  #again: Load[] | undefined;
  #failure: Error | undefined;
  /** Nothing more is published: what waits must not be overtaken. */
  #isKeptOnly = false;
  #isClosed = false;

  constructor(deps: MessagingDeps, shared: BatchOptions, bounds: BatchBounds = BOUNDS) {
    this.#deps = { ...deps, random: pooled(deps.random) };
    this.#shared = shared;
    this.#limit = new InboxLimit(deps);
    this.#bounds = bounds;
    this.#filling = new Filling(shared, bounds);
  }

  /**
   * Adds a message; resolves when it is in the recipient's inbox, or kept for later. An id that was used
   * before for the same message is `already-sent` or `queued`.
   *
   * @throws MsgError as `send`, `id-conflict` and `too-large` for this message alone.
   */
  add(message: BatchedMessage): Promise<BatchedResult> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusalOf(message);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const { clock, random } = this.#deps;
      const id = message.id ?? newMessageId(clock, random);
      const entry = headerItemOf({ id, message }, this.#shared);
      this.#fill({ id, isChosen: message.id !== undefined, message, entry, resolve, reject });
    });
  }

  /** Resolves when there is room for more: who waits for it before each message holds few in memory. */
  async ready(): Promise<void> {
    while (this.#full.length >= MOST_WAITING) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Sends what was added so far, and resolves when everything has been settled. */
  async flush(): Promise<void> {
    this.#dispatch();
    while (this.#work !== undefined) await this.#work;
  }

  /** As {@link Batcher.flush}; nothing can be added afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  #refusalOf(message: BatchedMessage): Error | undefined {
    if (this.#isClosed) return new MsgError('usage', 'the batch is closed');
    const { length } = message.payload;
    if (length <= LARGEST_ITEM) return this.#failure ?? unsayableIn(message, this.#shared);
    return tooLarge(length);
  }

  #fill(item: PendingItem): void {
    if (!this.#filling.add(item)) {
      this.#dispatch();
      this.#filling.add(item);
    }
    if (this.#filling.isFull) this.#dispatch();
    else {
      this.#timer ??= setTimeout(() => {
        this.#dispatch();
      }, this.#bounds.linger);
    }
  }

  /** The messages gathered so far are a batch. */
  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#filling.items.length === 0) return;
    this.#full.push({ items: this.#filling.items });
    this.#filling = new Filling(this.#shared, this.#bounds);
    this.#start();
  }

  #start(): void {
    this.#work ??= whileLeased(this.#deps, () => this.#sendAll()).finally(() => {
      this.#work = undefined;
      if (this.#full.length > 0) this.#start();
    });
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const load = this.#next();
      if (load === undefined) {
        await this.#underWay;
        await this.#arrivals.mark(this.#deps);
        this.#full.unshift(...this.#takeAgain());
        if (this.#full.length === 0) return;
        continue;
      }
      const kept = await this.#keep(load);
      await this.#underWay;
      this.#underWay = kept === undefined ? Promise.resolve() : this.#forward(kept);
      // The bytes of this one leave before the next is sealed.
      await othersTurn();
    }
  }

  #next(): Load | undefined {
    const load = this.#full.shift();
    for (const wake of this.#waiters.splice(0)) wake();
    return load;
  }

  /** Seals a batch and has the ledger keep it. Undefined where nothing is left to be published. */
  async #keep({ items, id }: Load): Promise<Kept | undefined> {
    const catchUp = async (): Promise<void> => {
      await this.#underWay;
      await this.#arrivals.mark(this.#deps);
    };
    try {
      // What was taken back under this id has to be gone.
      if (id !== undefined) await this.#underWay;
      if (this.#failure !== undefined) throw this.#failure;
      const fresh = await leaveOutTaken(items, this.#shared, { ...this.#deps, catchUp });
      return fresh.length === 0 ? undefined : await this.#keepFresh({ items: fresh, id });
    } catch (error) {
      this.#fail(items, error);
      return undefined;
    }
  }

  async #keepFresh(load: Load): Promise<Kept | undefined> {
    const { items } = load;
    const [recipient] = await resolveRecipients([this.#shared.to], this.#deps);
    if (recipient === undefined) throw new MsgError('bug', 'nobody to send to');
    this.#reachOut(recipient);
    const batch = await composeBatch(load, this.#shared, recipient, this.#deps);
    const largest = this.#isKeptOnly ? Infinity : await this.#limit.of(recipient.topic);
    if (batch.sealed.length > largest) {
      if (items.length > 1) this.#full.unshift(...this.#halve(load));
      for (const one of items.length > 1 ? [] : items) {
        one.reject(tooLargeForInbox(batch.sealed.length, largest, recipient.peer));
      }
      return undefined;
    }
    const { sent } = this.#arrivals;
    const begins = !this.#isKeptOnly;
    const options = begins ? { begin: leaseFor(this.#deps), sent } : { sent };
    const kept = await this.#deps.ledger.outbox.enqueueBatch(batch, options);
    this.#arrivals.told(sent);
    // Another process was faster with an id: what is left is tried anew.
    if ('taken' in kept) return this.#keep(load);
    checkpoint('send:kept');
    if (begins) return { items, id: batch.id, row: kept.row, sealed: batch.sealed };
    settle(items, { batch: batch.id, state: 'queued' });
    return undefined;
  }

  /** The transport connects while the first batch is sealed; whether that works shows at the publish. */
  #reachOut({ topic }: ResolvedRecipient): void {
    this.#deps.transport.partitionFor(topic, this.#deps.self).catch(() => undefined);
  }

  /** Publishes what was kept, or takes it back where what came before it did not arrive. */
  async #forward(kept: Kept): Promise<void> {
    try {
      if (this.#again !== undefined) {
        // At once, so that none of what comes after it is taken meanwhile.
        this.#full.unshift(...this.#takeAgain(), kept);
        await this.#takeBack(kept);
      } else if (this.#failure !== undefined) {
        await this.#takeBack(kept);
        this.#fail(kept.items, this.#failure);
      } else if (this.#isKeptOnly) {
        await this.#deps.ledger.outbox.putBack([this.#keyOf(kept)]);
        settle(kept.items, { batch: kept.row.id, state: 'queued' });
      } else await this.#publish(kept);
    } catch (error) {
      this.#fail(kept.items, error);
    }
  }

  async #publish(kept: Kept): Promise<void> {
    const [published] = await publishBegun(
      kept.row,
      kept.sealed,
      this.#arrivals.collecting(this.#deps),
    );
    const failure = published?.failure;
    if (failure === undefined) settle(kept.items, { batch: kept.row.id, state: 'sent' });
    else await this.#onFailure(kept, failure);
  }

  async #onFailure(kept: Kept, { outcome, error }: PublishFailure): Promise<void> {
    const { items, row } = kept;
    if (error.code === 'too-large' && items.length > 1) {
      await this.#deps.ledger.outbox.forget(row.id);
      this.#again = [...(this.#again ?? []), ...this.#halve(kept)];
    } else if (outcome === 'unknown' || this.#shared.queue === true) {
      if (this.#shared.queue === true) this.#isKeptOnly = true;
      else this.#failure = error;
      settle(items, { batch: row.id, state: 'queued', failure: error });
    } else {
      await this.#deps.ledger.outbox.forget(row.id);
      if (error.code !== 'too-large') this.#fail(items, error);
      else {
        this.#again ??= [];
        for (const item of items) item.reject(error);
      }
    }
  }

  /** This inbox takes less in one record than others do. */
  #halve(load: Load): readonly Load[] {
    this.#bounds = { ...this.#bounds, bytes: Math.max(1, Math.floor(this.#bounds.bytes / 2)) };
    return halvesOf(load);
  }

  #takeAgain(): readonly Load[] {
    const again = this.#again ?? [];
    this.#again = undefined;
    return again;
  }

  /** It was never published: nothing of it stays. */
  async #takeBack(kept: Kept): Promise<void> {
    const { outbox } = this.#deps.ledger;
    await outbox.putBack([this.#keyOf(kept)]);
    await outbox.forget(kept.row.id);
  }

  #keyOf({ row: { id } }: Kept) {
    return { id, recipient: this.#shared.to };
  }

  #fail(items: readonly PendingItem[], error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    for (const item of items) item.reject(this.#failure);
  }
}
