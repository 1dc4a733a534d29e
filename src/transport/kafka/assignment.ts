import type { Consumer } from 'kafkajs';
import type { PartitionId, SubscribeOptions } from '../port.js';
import type { Start } from './start-position.js';

/** A partition that this member reads, and how far it has come. */
export interface Reading {
  readonly partition: PartitionId;
  /** What kafkajs brings next. */
  next: bigint;
  /** Up to, not including, this offset the records are durable. */
  handled: bigint;
  high: bigint;
}

/** What decides about an assignment's positions, and whom it tells. */
export interface AssignmentOptions {
  readonly subscription: Pick<SubscribeOptions, 'topic' | 'onNotice' | 'onCaughtUp'>;
  /** Finds where to begin, anew for every time the group gives out its partitions. */
  readonly findStarts: () => Promise<ReadonlyMap<number, Start>>;
  readonly onFailure: (error: unknown) => void;
}

/** The partitions that the group has given to this member, and where it reads them. */
export class Assignment {
  readonly #consumer: Consumer;
  readonly #options: AssignmentOptions;
  readonly #readings = new Map<number, Reading>();
  #guesses: ReadonlyMap<number, Start> | undefined;
  #begun = Promise.resolve();
  #generation = 0;

  constructor(consumer: Consumer, options: AssignmentOptions) {
    this.#consumer = consumer;
    this.#options = options;
  }

  /** Finds out beforehand where the first assignment will probably begin. */
  async prepare(): Promise<void> {
    this.#guesses = await this.#options.findStarts();
  }

  /**
   * Takes partitions over and keeps kafkajs from fetching at a position of its own choice. Left
   * alone, it would ask for the committed offset and, were that gone, overwrite it with "the
   * earliest": nobody would learn of the gap. The first time, fetching begins where the group stood
   * a moment ago, so that it need not wait; later it waits.
   */
  take(assigned: readonly number[]): void {
    const generation = ++this.#generation;
    const guesses = this.#guesses;
    this.#guesses = undefined;
    this.#readings.clear();
    if (guesses === undefined) this.#consumer.pause(this.#each(assigned));
    else for (const number of assigned) this.#place(guesses.get(number));
    this.#begun = this.#options.findStarts().then((starts) => {
      if (generation !== this.#generation) return;
      for (const number of assigned) this.#begin(starts.get(number), guesses?.get(number));
      if (guesses === undefined) this.#consumer.resume(this.#each(assigned));
      this.tellIfCaughtUp();
    });
    this.#begun.catch(this.#options.onFailure);
  }

  /** The session has ended: answers that are still to come change nothing any more. */
  freeze(): void {
    this.#generation += 1;
  }

  /** The reading of a partition, once its position is settled; undefined when it is not ours. */
  async reading(partition: number): Promise<Reading | undefined> {
    await this.#begun;
    return this.#readings.get(partition);
  }

  /** Whether a partition is still read as it was: the group has not given it out again since. */
  isCurrent(reading: Reading): boolean {
    return this.#readings.get(reading.partition.partition) === reading;
  }

  /** Notes that a partition was handled up to, not including, an offset. */
  noteHandled(reading: Reading, next: bigint): void {
    reading.handled = next;
    if (this.isCurrent(reading)) this.tellIfCaughtUp();
  }

  /** Notes the end of a partition. */
  noteEnd(partition: number, high: bigint): void {
    const reading = this.#readings.get(partition);
    if (reading === undefined) return;
    reading.high = high;
    this.tellIfCaughtUp();
  }

  /** Tells when every partition was handled up to its end. */
  tellIfCaughtUp(): void {
    const readings = [...this.#readings.values()];
    if (readings.length === 0) return;
    if (readings.every(({ handled, high }) => handled >= high))
      this.#options.subscription.onCaughtUp();
  }

  /** The one reading that comes to the offsets `from` up to, not including, `to` next. */
  onlyReadingAt(from: bigint, to: bigint): Reading | undefined {
    const found = [...this.#readings.values()].filter(({ next }) => next >= from && next < to);
    return found.length === 1 ? found[0] : undefined;
  }

  /** From the join on nobody else can move the group's position: this start is the right one. */
  #begin(start: Start | undefined, guess: Start | undefined): void {
    if (start === undefined) return;
    if (start.offset !== guess?.offset) this.#place(start);
    const reading = this.#readings.get(start.partition.partition);
    if (reading !== undefined) reading.high = start.high;
    start.notices.forEach(this.#options.subscription.onNotice);
  }

  #place(start: Start | undefined): void {
    if (start === undefined) return;
    const { partition, offset, high } = start;
    const { topic } = this.#options.subscription;
    this.#readings.set(partition.partition, { partition, next: offset, handled: offset, high });
    this.#consumer.seek({ topic, partition: partition.partition, offset: `${offset}` });
  }

  #each(partitions: readonly number[]) {
    return [{ topic: this.#options.subscription.topic, partitions: [...partitions] }];
  }
}
