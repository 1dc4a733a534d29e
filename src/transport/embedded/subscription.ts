import type { Clock } from '../../domain/environment.js';
import type { SubscribeOptions, Subscription } from '../port.js';
import type { ChangeSignal } from './change-signal.js';
import type { LogPartition, LogStore, Topic } from './log-store.js';
import { Membership, type LogProcess } from './membership.js';
import { Outage } from './outage.js';
import { PartitionReader } from './partition-reader.js';

/** How often the subscription looks after its membership when nothing happens, in milliseconds. */
const TICK = 1000;

/** What a subscription works on. */
export interface SubscriptionResources {
  readonly store: LogStore;
  readonly topic: Topic;
  readonly signal: ChangeSignal;
  readonly clock: Clock;
  readonly lease: number;
  readonly process: LogProcess;
  /** Called every second or so; throws when the log has been replaced. */
  readonly onTick: () => void;
}

/**
 * A group's member, or one that looks back: that one joins nothing, reads every partition and moves
 * no position.
 */
export class EmbeddedSubscription implements Subscription {
  readonly finished: Promise<void>;
  readonly #resources: SubscriptionResources;
  readonly #options: SubscribeOptions;
  readonly #membership: Membership | undefined;
  readonly #begun: number;
  readonly #outage: Outage;
  readonly #readers = new Map<LogPartition['number'], PartitionReader>();
  #failure: Error | undefined;
  #stopping = false;
  #toldCaughtUp = false;

  constructor(resources: SubscriptionResources, options: SubscribeOptions) {
    this.#resources = resources;
    this.#options = options;
    this.#begun = resources.clock();
    if (options.start.from === 'committed') {
      this.#membership = new Membership(resources.store, { ...resources, group: options.group });
    }
    this.#outage = new Outage({ ...options, clock: resources.clock, wait: () => this.#wait() });
    this.finished = this.#run();
    // Whoever only stops the subscription need not look at how it ended.
    this.finished.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#end();
    await this.finished.catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopping) {
        await this.#outage.bear(() => {
          this.#share();
        });
        this.#tellWhenSpare();
        await this.#wait();
        this.#resources.onTick();
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.allSettled([...this.#readers.values()].map((reader) => reader.done));
    this.#leave();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Reads the partitions that are this member's share, and no others. */
  #share(): void {
    const { topic, clock } = this.#resources;
    const share = this.#membership?.refresh(clock()) ?? topic.partitions;
    for (const at of topic.partitions) {
      const reader = this.#readers.get(at.number);
      const isMine = share.includes(at);
      if (reader !== undefined) {
        if (!isMine || this.#membership?.holds(at) === false) reader.stop();
      } else if (isMine && this.#membership?.acquire(at) !== false) {
        this.#start(at);
      }
    }
  }

  #start(at: LogPartition): void {
    const { store, signal } = this.#resources;
    const reader = new PartitionReader({
      ...this.#options,
      store,
      at,
      bear: (work) => this.#outage.bear(work),
      commit: (next) => this.#commit(at, next),
      wait: () => signal.next(TICK),
      onCaughtUpChanged: () => {
        this.#tellCaughtUp();
      },
    });
    this.#readers.set(at.number, reader);
    this.#toldCaughtUp = false;
    reader.done.then(
      () => {
        this.#giveBack(at);
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  #commit(at: LogPartition, next: bigint): boolean {
    const { commitMetadata: metadata } = this.#options;
    const now = this.#resources.clock();
    return this.#membership?.commit(at, next, { metadata, now }) ?? true;
  }

  /** A reader was stopped because its partition is another member's now: let that one have it. */
  #giveBack(at: LogPartition): void {
    this.#readers.delete(at.number);
    if (this.#stopping) return;
    this.#outage
      .bear(() => this.#membership?.release(at))
      .catch((error: unknown) => {
        this.#fail(error);
      });
  }

  /**
   * Others have every partition. After a lease's time that is certain: had one of them died, its
   * partitions would have come here.
   */
  #tellWhenSpare(): void {
    const { clock, lease } = this.#resources;
    if (this.#readers.size === 0 && clock() - this.#begun > lease) this.#tellCaughtUp();
  }

  #tellCaughtUp(): void {
    const isCaughtUp = [...this.#readers.values()].every((reader) => reader.isCaughtUp);
    if (isCaughtUp && !this.#toldCaughtUp) this.#options.onCaughtUp();
    this.#toldCaughtUp = isCaughtUp;
  }

  async #wait(): Promise<boolean> {
    if (!this.#stopping) await this.#resources.signal.next(TICK);
    return !this.#stopping;
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#end();
  }

  #end(): void {
    this.#stopping = true;
    for (const reader of this.#readers.values()) reader.stop();
    this.#resources.signal.notify();
  }

  /** Where leaving fails, the lease's end does the same a little later. */
  #leave(): void {
    try {
      this.#membership?.leave();
      this.#resources.signal.notify();
    } catch (error) {
      this.#fail(error);
    }
  }
}
