import type { Clock } from '../../domain/environment.js';
import type { LogPartition, LogStore } from './log-store.js';

/** How often a partition is looked through when nothing in it is too old, in milliseconds. */
const INTERVAL = 60_000;

/**
 * Drops records past their time, a step a call: as long as there is more to drop, every call drops
 * some, and none takes long.
 */
export class Retention {
  readonly #clock: Clock;
  readonly #due = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param retention in milliseconds. */
  apply(store: LogStore, at: LogPartition, retention: number): void {
    const now = this.#clock();
    const key = `${at.id.topicId ?? ''}:${at.number}`;
    if (now < (this.#due.get(key) ?? 0)) return;
    const dropped = store.trim(at, now - retention);
    if (dropped === 0) this.#due.set(key, now + INTERVAL);
  }
}
