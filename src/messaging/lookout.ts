import { Bell } from './bell.js';

/**
 * Several workers that look for work in one place. One looks at a time, and where it found nothing the
 * others look no more before something has happened or it is time to: a look costs a query, and every
 * message rings.
 */
export class Lookout {
  readonly #bell = new Bell();
  #turn: Promise<unknown> = Promise.resolve();
  /** The count of the bell before the last look that found nothing. */
  #emptySince: number | undefined;
  #isTime = false;
  #sleep: Promise<void> | undefined;

  /** There may be work. */
  ring(): void {
    this.#bell.ring();
  }

  /** Whether the last look found nothing, and nothing has happened since. */
  get isEmpty(): boolean {
    return this.#emptySince === this.#bell.rings;
  }

  /** Looks when it is this worker's turn; undefined where there is nothing. */
  find<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
    const found = this.#turn.then(async () => {
      const { rings } = this.#bell;
      if (this.isEmpty && !this.#isTime) return undefined;
      this.#isTime = false;
      let work: T | undefined;
      try {
        return (work = await look());
      } finally {
        // One that failed has found nothing either: the others need not fail as well.
        if (work === undefined) this.#emptySince = rings;
      }
    });
    this.#turn = found.catch(() => undefined);
    return found;
  }

  /**
   * Resolves when there may be work: something has happened since the last look, or the time is over.
   * Whoever is to end has to be rung for, and to look whether that has happened before it sleeps.
   *
   * @param longest how long to wait at most, in milliseconds; asked once for all who sleep.
   */
  sleep(longest: () => number | Promise<number>): Promise<void> {
    this.#sleep ??= this.#sleepOnce(longest).finally(() => {
      this.#sleep = undefined;
    });
    return this.#sleep;
  }

  async #sleepOnce(longest: () => number | Promise<number>): Promise<void> {
    const rings = this.#emptySince ?? this.#bell.rings;
    await this.#bell.wait(rings, await longest());
    if (this.#bell.rings === rings) this.#isTime = true;
  }
}
