import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { SubscribeOptions } from '../port.js';
import { Assignment, type Reading } from './assignment.js';
import { BRIEF_RETRIES, createClient, unmaskCoordinator, type KafkaClient } from './client.js';
import type { KafkaConfig } from './config.js';
import { defer } from './deferred.js';
import { LogReplaced, commit, handOver, takeOver } from './delivery.js';
import { endFetchersWithConsumer } from './ended-consumer.js';
import { FormerMember } from './former-member.js';
import { ReadAhead } from './read-ahead.js';
import type { Start } from './start-position.js';
import { OversizedRecordSet } from './unreadable.js';

const SESSION_TIMEOUT = 10_000;
const HEARTBEAT_INTERVAL = 3_000;
const LONG_POLL = 500;
const MOST_BYTES_PER_PARTITION = 4 * 1024 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
const PARTITIONS_AT_ONCE = 4;
const HANG_UP_AFTER = 3_000;

/** The offsets `from` up to, not including, `to` of a partition. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** What a session reads and whom it tells. */
export interface SessionOptions {
  readonly subscription: SubscribeOptions;
  /** The group to join; a look back has one of its own. */
  readonly group: string;
  readonly findStarts: () => Promise<ReadonlyMap<number, Start>>;
  /** The first offset that a partition still holds. */
  readonly lowOf: (partition: number) => Promise<bigint>;
  /** Fetches record sets one by one, to find out which of them is too much. */
  readonly isCareful: boolean;
  /** The member that the session before was, if that one ended without leaving. */
  readonly formerMember: string | undefined;
  readonly onJoin: (memberId: string) => void;
  /** A partition was read up to, not including, `next`. */
  readonly onHandled: (partition: number, next: bigint) => void;
  /** A broker has answered something. */
  readonly onAnswer: () => void;
}

/** One kafkajs consumer from its connection to its end. A crashed one is never used again. */
export class ConsumerSession {
  readonly #options: SessionOptions;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #assignment: Assignment;
  readonly #former = new FormerMember();
  readonly #ended = defer();
  readonly #readAhead: ReadAhead;
  #isEnding = false;
  /** Why a position was not committed, for kafkajs, which then joins the group again. */
  #refusal: Error | undefined;

  constructor(config: KafkaConfig, options: SessionOptions) {
    const { subscription, group, findStarts, isCareful } = options;
    this.#options = options;
    endFetchersWithConsumer();
    this.#client = createClient(config);
    this.#consumer = this.#client.kafka.consumer({
      groupId: group,
      partitionAssigners: [this.#former.assigner],
      sessionTimeout: SESSION_TIMEOUT,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      maxWaitTimeInMs: LONG_POLL,
      // A broker sends at least one record set, however little is asked for.
      maxBytesPerPartition: isCareful ? 1 : MOST_BYTES_PER_PARTITION,
      maxBytes: isCareful ? 1 : MOST_BYTES,
      allowAutoTopicCreation: false,
      retry: { ...BRIEF_RETRIES, retries: 4, restartOnFailure: () => Promise.resolve(false) },
    });
    const onFailure = (error: unknown): void => {
      this.#end(error);
    };
    this.#readAhead = new ReadAhead(onFailure);
    this.#assignment = new Assignment(this.#consumer, { subscription, findStarts, onFailure });
  }

  /** Reads until `stop`; rejects with kafkajs' error when the consumer ends by itself. */
  async run(): Promise<void> {
    this.#listen();
    try {
      // One that is told to end does not wait until it has begun: brokers may let it wait for long.
      await Promise.race([this.#start(), this.#ended.promise]);
      await this.#ended.promise;
    } catch (error) {
      throw unmaskCoordinator(error, this.#client);
    } finally {
      await this.#leave();
    }
  }

  async #start(): Promise<void> {
    await Promise.all([this.#assignment.prepare(), this.#subscribe()]);
    if (this.#isEnding) return;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload) => this.#handle(payload),
    });
  }

  async #subscribe(): Promise<void> {
    await this.#consumer.connect();
    const topics = [this.#options.subscription.topic];
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    const { group, formerMember } = this.#options;
    await this.#former.signOff(group, formerMember);
  }

  /** Finishes the batch in hand, commits it and leaves the group. */
  stop(): void {
    this.#end();
  }

  /** Which record set ended a careful session, where that is beyond doubt. */
  culpritOf(error: unknown): OffsetRange | undefined {
    if (!(error instanceof OversizedRecordSet) || !this.#options.isCareful) return undefined;
    const { from, to } = error;
    const reading = this.#assignment.onlyReadingAt(from, to);
    return reading && { partition: reading.partition.partition, from, to };
  }

  #end(error?: unknown): void {
    this.#isEnding = true;
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
  }

  /**
   * kafkajs would wait for its long poll, and on a dead connection for much longer. What is being made
   * durable is waited for; that the broker hears of it, like of the leaving, only for so long.
   */
  async #leave(): Promise<void> {
    this.#isEnding = true;
    this.#assignment.freeze();
    let patience = HANG_UP_AFTER;
    let isLeaving = false;
    const timer = setInterval(() => {
      if (isLeaving) this.#client.sockets.endLongPolls();
      patience = this.#readAhead.isHandling ? HANG_UP_AFTER : patience - 100;
      if (patience <= 0) this.#client.sockets.destroy();
    }, 100);
    await this.#readAhead.settled();
    isLeaving = true;
    const left = this.#consumer.disconnect().catch(() => undefined);
    this.#client.sockets.endLongPolls();
    await left;
    clearInterval(timer);
    // What was only beginning must not go on, and join a group that nobody reads for.
    this.#client.sockets.destroy();
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.REQUEST, () => {
      this.#options.onAnswer();
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#end(payload.error);
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#options.onJoin(payload.memberId);
      this.#refusal = undefined;
      this.#assignment.take(payload.memberAssignment[this.#options.subscription.topic] ?? []);
    });
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      this.#assignment.noteEnd(payload.partition, BigInt(payload.highWatermark));
    });
  }

  /** Resolves as soon as kafkajs is to fetch what is behind the batch. */
  async #handle(payload: EachBatchPayload): Promise<void> {
    const heartbeat = setInterval(() => void payload.heartbeat().catch(() => undefined), 1000);
    try {
      const reading = await this.#assignment.reading(payload.batch.partition);
      await this.#readAhead.turn(payload.batch.partition);
      if (this.#isEnding) await this.#readAhead.settled();
      else if (this.#refusal !== undefined) throw this.#refusal;
      else if (reading === undefined || !payload.isRunning() || payload.isStale()) return;
      else await this.#begin(payload, reading);
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #begin(payload: EachBatchPayload, reading: Reading): Promise<void> {
    try {
      await takeOver(payload, reading, this.#options);
    } catch (error) {
      if (!(error instanceof LogReplaced)) throw error;
      this.#end(error);
      return;
    }
    // The session may have been told to end meanwhile, and no longer waits for what begins now.
    if (this.#isEnding) return;
    reading.high = BigInt(payload.batch.highWatermark);
    const { next, partition } = reading;
    this.#readAhead.begin(partition.partition, {
      handle: () => handOver(payload.batch.messages, reading, this.#options.subscription),
      commit: async () => {
        await this.#commit(payload, reading, next);
        this.#options.onHandled(partition.partition, next);
        this.#assignment.noteHandled(reading, next);
      },
    });
  }

  /** Where the group has given the partition out again meanwhile, its position is no longer ours to move. */
  async #commit(payload: EachBatchPayload, reading: Reading, next: bigint): Promise<void> {
    if (!this.#assignment.isCurrent(reading)) return;
    try {
      await commit(payload, next, this.#options.subscription);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (this.#assignment.isCurrent(reading)) this.#refusal = error;
    }
  }
}
