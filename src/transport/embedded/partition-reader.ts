import type { StoredRecord, SubscribeOptions } from '../port.js';
import { firstOffset } from './first-offset.js';
import type { LogPartition, LogStore, ReadLimits } from './log-store.js';

/** How much a handler is given at once. */
const LIMITS: ReadLimits = { records: 500, bytes: 4 * 1024 * 1024 };

/** What a reader needs of the subscription that it belongs to. */
export interface ReaderOptions extends Pick<
  SubscribeOptions,
  'group' | 'start' | 'onRecords' | 'onNotice'
> {
  readonly store: LogStore;
  readonly at: LogPartition;
  /** Tries again while the log cannot be used. */
  readonly bear: <T>(work: () => T) => Promise<T>;
  /** Commits the next offset; false when the partition has gone to another member. */
  readonly commit: (next: bigint) => boolean;
  /** Resolves when there may be more to read. */
  readonly wait: () => Promise<void>;
  /** Called when the reader has reached the end, or has left it again. */
  readonly onCaughtUpChanged: () => void;
}

/** Reads one partition in order: a batch, its handler, the commit, and the next. */
export class PartitionReader {
  readonly #options: ReaderOptions;
  #isCaughtUp = false;
  #stopping = false;
  /** Resolves when the reader has come to rest; rejects with what made it fail. */
  readonly done: Promise<void>;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.done = this.#run();
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Lets the call in hand finish; `done` tells when. */
  stop(): void {
    this.#stopping = true;
  }

  async #run(): Promise<void> {
    const { store, at } = this.#options;
    let next = await firstOffset(store, at, this.#options);
    while (!this.#stopping) next = await this.#step(next);
  }

  async #step(from: bigint): Promise<bigint> {
    const { store, at, bear, wait } = this.#options;
    const records = await bear(() => store.read(at, from, LIMITS));
    if (this.#stopping) return from;
    const next = this.#pastGap(from, records);
    this.#setCaughtUp(records.length === 0);
    if (records.length > 0) return this.#handle(records, next);
    await wait();
    return next;
  }

  async #handle(records: readonly StoredRecord[], from: bigint): Promise<bigint> {
    const { at, bear, commit, onRecords } = this.#options;
    await onRecords(records, at.id);
    const next = from + BigInt(records.length);
    const committed = await bear(() => commit(next));
    if (!committed) this.#stopping = true;
    return next;
  }

  /** Where reading goes on: after the records that retention has taken, if it has. */
  #pastGap(next: bigint, records: readonly StoredRecord[]): bigint {
    const { store, at, onNotice } = this.#options;
    const to = records[0]?.offset ?? store.bounds(at).low;
    if (to <= next) return next;
    onNotice({ kind: 'gap', partition: at.id, from: next, to });
    return to;
  }

  #setCaughtUp(isCaughtUp: boolean): void {
    const changed = this.#isCaughtUp !== isCaughtUp;
    this.#isCaughtUp = isCaughtUp;
    if (changed) this.#options.onCaughtUpChanged();
  }
}
