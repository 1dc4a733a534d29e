import { randomUUID } from 'node:crypto';
import { MsgError } from '../../errors.js';
import type { SubscribeOptions, Subscription } from '../port.js';
import { LOOK_BACK_SEPARATOR } from './access-entries.js';
import { contextOf } from './client.js';
import { registerCodecs } from './codecs.js';
import type { KafkaConfig } from './config.js';
import { defer } from './deferred.js';
import { HandlerFailure, LogReplaced, movesPosition } from './delivery.js';
import { ConsumerSession, type OffsetRange } from './consumer-session.js';
import { explain } from './failure.js';
import { isSettling } from './settling.js';
import { OutageWatch } from './outage.js';
import { findStarts, passOver, type Start } from './start-position.js';
import type { Topics } from './topics.js';
import { OversizedRecordSet } from './unreadable.js';

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 3_000;

/** For how long a session waits where to begin, before it makes way for another one; in milliseconds. */
const SETTLING_PATIENCE = 5_000;

/** From this pause on, brokers that are still settling count as an outage. */
const SETTLING_PAUSE = 1_600;

/**
 * Subscribes. Brokers that cannot be reached are waited for; whatever else stands against it is told
 * at once.
 *
 * @throws MsgError `not-found`, `not-authorised`, `config`.
 */
export async function subscribe(
  config: KafkaConfig,
  topics: Topics,
  options: SubscribeOptions,
): Promise<Subscription> {
  registerCodecs();
  const subscription = new KafkaSubscription(config, topics, options);
  try {
    await topics.waiting({ patience: 0 }).layout(options.topic);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'broker-unreachable') throw error;
  }
  subscription.begin();
  return subscription;
}

/** Sessions one after another, for as long as the subscription lasts. */
class KafkaSubscription implements Subscription {
  readonly #config: KafkaConfig;
  readonly #topics: Topics;
  readonly #options: SubscribeOptions;
  readonly #group: string;
  readonly #finished = defer();
  readonly #stopping = new AbortController();
  readonly #reached = new Map<number, bigint>();
  readonly #oversized: OffsetRange[] = [];
  #isCareful = false;
  #session: ConsumerSession | undefined;
  #memberId: string | undefined;
  #outage: OutageWatch | undefined;
  #pause = FIRST_PAUSE;
  #wake = (): void => undefined;

  constructor(config: KafkaConfig, topics: Topics, options: SubscribeOptions) {
    this.#config = config;
    this.#topics = topics.waiting({
      patience: SETTLING_PATIENCE,
      signal: this.#stopping.signal,
    });
    this.#options = options;
    this.#group = movesPosition(options.start)
      ? options.group
      : `${options.group}${LOOK_BACK_SEPARATOR}${randomUUID()}`;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  begin(): void {
    const { giveUpAfter, onNotice } = this.#options;
    this.#outage = new OutageWatch({
      clock: this.#config.clock,
      giveUpAfter,
      onNotice,
      onGiveUp: (error) => {
        this.#finish(error);
      },
    });
    void this.#run().then(
      () => {
        this.#finish();
      },
      (error: unknown) => {
        this.#finish(error);
      },
    );
  }

  async stop(): Promise<void> {
    this.#halt();
    await this.finished.catch(() => undefined);
  }

  #halt(): void {
    this.#stopping.abort();
    this.#session?.stop();
    this.#wake();
  }

  #finish(error?: unknown): void {
    this.#outage?.end();
    this.#halt();
    if (error === undefined) this.#finished.resolve();
    else this.#finished.reject(error);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#session = this.#newSession();
      try {
        await this.#session.run();
      } catch (error) {
        await this.#outlast(error);
      }
    }
  }

  /** Waits before the next session, or ends the subscription where waiting cannot help. */
  async #outlast(error: unknown): Promise<void> {
    if (error instanceof HandlerFailure) throw error.cause;
    if (this.#stopping.signal.aborted || error instanceof LogReplaced) return;
    if (error instanceof OversizedRecordSet && this.#avoid(error)) return;
    const { topic, group } = this.#options;
    const failure = explain(error, { ...contextOf(this.#config), topic, group });
    if (!failure.retryable && failure.code !== 'not-found') throw failure;
    if (!isSettling(error) || this.#pause >= SETTLING_PAUSE) this.#outage?.failed(failure.message);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#pause);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** First finds out in which partition it lies, then begins behind it; whether that gets on. */
  #avoid(error: OversizedRecordSet): boolean {
    const culprit = this.#session?.culpritOf(error);
    if (culprit !== undefined) this.#oversized.push(culprit);
    const getsOn = culprit !== undefined || !this.#isCareful;
    this.#isCareful = culprit === undefined;
    return getsOn;
  }

  async #findStarts(): Promise<ReadonlyMap<number, Start>> {
    const { topic, group, start } = this.#options;
    const question = { topic, group, start, reached: this.#reached };
    return passOver(await findStarts(this.#topics, question), this.#oversized);
  }

  #newSession(): ConsumerSession {
    const { topic, start } = this.#options;
    return new ConsumerSession(this.#config, {
      subscription: this.#options,
      group: this.#group,
      findStarts: () => this.#findStarts(),
      isCareful: this.#isCareful,
      lowOf: async (partition) => {
        const { partitions } = await this.#topics.layout(topic);
        return partitions.find((one) => one.partition === partition)?.low ?? 0n;
      },
      formerMember: this.#memberId,
      onJoin: (memberId) => {
        this.#memberId = memberId;
        this.#pause = FIRST_PAUSE;
        this.#outage?.working();
      },
      onHandled: (partition, next) => {
        if (!movesPosition(start)) this.#reached.set(partition, next);
      },
      onAnswer: () => {
        this.#outage?.answered();
      },
    });
  }
}
