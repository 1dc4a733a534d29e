import { PublishOutcomeUnknown, type OutgoingRecord } from '../port.js';
import { oneAway } from './away.js';
import { contextOf } from './client.js';
import type { KafkaConfig } from './config.js';
import { explain, readFailure } from './failure.js';
import { ProducerSession } from './producer-session.js';
import { isSettling } from './settling.js';

const DEADLINE = 30_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/**
 * Sends one partition's batches with bounded retries, and knows what a failure means: nothing was
 * appended, or nobody can tell.
 *
 * Whoever cannot tell must not go on with the same producer. kafkajs takes a failed batch's sequence
 * numbers back; had the batch been appended after all, the broker would take the next one, other
 * records under the same numbers, for its repetition, acknowledge it and drop it.
 */
export class PersistentSender {
  readonly #config: KafkaConfig;
  readonly #topic: string;
  readonly #partition: number;
  readonly #closing = new AbortController();
  #session: ProducerSession | undefined;

  constructor(config: KafkaConfig, topic: string, partition: number, session?: ProducerSession) {
    this.#config = config;
    this.#topic = topic;
    this.#partition = partition;
    this.#session = session;
  }

  /**
   * Appends one batch and gives its first offset.
   *
   * @throws MsgError when nothing was appended, PublishOutcomeUnknown when it may have been.
   */
  async send(records: readonly OutgoingRecord[]): Promise<bigint | undefined> {
    const attempts = new Attempts(this.#config);
    for (;;) {
      const session = (this.#session ??= new ProducerSession(this.#config));
      const sentBefore = session.produceRequests;
      try {
        return await attempts.limit(session, session.send(this.#topic, this.#partition, records));
      } catch (failure) {
        const isOpen = session.isReached && !session.wasConnected;
        const error = isOpen ? await this.#oneAway(failure) : failure;
        attempts.note(error, session.produceRequests - sentBefore);
        if (!attempts.mayRetry(error, session)) throw this.#giveUp(error, attempts);
        if (isFenced(error)) this.#hangUp();
        await attempts.pause();
      }
    }
  }

  /** Leaves the broker. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#session?.close();
  }

  #oneAway(error: unknown): Promise<unknown> {
    return oneAway(error, this.#config, this.#closing.signal);
  }

  #giveUp(error: unknown, attempts: Attempts): Error {
    const failure = explain(error, {
      ...contextOf(this.#config),
      topic: this.#topic,
      deed: 'write to',
    });
    if (!attempts.isUncertain && isRefusal(error)) return failure;
    this.#hangUp();
    if (!attempts.isUncertain) return failure;
    const message = `no answer whether the records were appended to ${this.#topic}: ${failure.message}`;
    return new PublishOutcomeUnknown(message, { cause: failure });
  }

  #hangUp(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }
}

/** What has been tried for one batch. */
class Attempts {
  readonly #clock: () => number;
  readonly #deadline: number;
  #pause = FIRST_PAUSE;
  #isUncertain = false;

  constructor({ clock, publishDeadline }: KafkaConfig) {
    this.#clock = clock;
    this.#deadline = clock() + (publishDeadline ?? DEADLINE);
  }

  /** Whether a request was sent whose outcome nobody has told. */
  get isUncertain(): boolean {
    return this.#isUncertain;
  }

  /** Notes a failed attempt in which so many Produce requests left this process. */
  note(error: unknown, produceRequests: number): void {
    if (produceRequests > 1 || (produceRequests === 1 && !isRefusal(error)))
      this.#isUncertain = true;
  }

  /**
   * Retries pay for a broker that has answered before, or may have, and for one that others stand in
   * for; an address that never answered fails at once.
   */
  mayRetry(error: unknown, session: ProducerSession): boolean {
    if (!isTransient(error) || this.#clock() + this.#pause > this.#deadline) return false;
    return session.wasConnected || this.#isUncertain || isSettling(error);
  }

  async pause(): Promise<void> {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, LONGEST_PAUSE);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }

  /** Hangs up when the deadline passes, so that a silent broker cannot hold the lane for ever. */
  async limit<T>(session: ProducerSession, sending: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      session.destroy();
    }, this.#deadline - this.#clock());
    try {
      return await sending;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The broker no longer knows the producer; it took nothing, and only a new one helps. */
const FENCINGS = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'];

/** Refusals that stand until somebody changes something. */
const LASTING_REFUSALS = [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
];

const PASSING_REFUSALS = [
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
];

/** Whether the broker itself said that it appended nothing. */
function isRefusal(error: unknown): boolean {
  return hasType(error, [...LASTING_REFUSALS, ...PASSING_REFUSALS, ...FENCINGS]);
}

function isFenced(error: unknown): boolean {
  return hasType(error, FENCINGS);
}

/** Whether the same request may succeed a moment later. */
function isTransient(error: unknown): boolean {
  if (readFailure(error).names.has('KafkaJSSASLAuthenticationError')) return false;
  return !hasType(error, [...LASTING_REFUSALS, 'DUPLICATE_SEQUENCE_NUMBER']);
}

function hasType(error: unknown, types: readonly string[]): boolean {
  const found = readFailure(error).types;
  return types.some((type) => found.has(type));
}
