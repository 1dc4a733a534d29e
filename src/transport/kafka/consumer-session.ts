import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { PartitionId, StartPosition, SubscribeOptions } from '../port.js';
import { unmaskCoordinator } from './administration.js';
import { BRIEF_RETRIES, createClient, type KafkaClient } from './client.js';
import type { KafkaConfig } from './config.js';
import { defer } from './deferred.js';
import { FormerMember } from './former-member.js';
import type { Start } from './start-position.js';
import { runsOf, storedRecord } from './stored-record.js';

const SESSION_TIMEOUT = 10_000;
const HEARTBEAT_INTERVAL = 3_000;
const LONG_POLL = 500;
const MOST_BYTES_PER_PARTITION = 4 * 1024 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
const PARTITIONS_AT_ONCE = 4;
const HANG_UP_AFTER = 3_000;

/** What a session reads and whom it tells. */
export interface SessionOptions {
  readonly subscription: SubscribeOptions;
  /** The group to join; a look back has one of its own. */
  readonly group: string;
  /** Finds where to begin, anew for every time the group gives out its partitions. */
  readonly findStarts: () => Promise<ReadonlyMap<number, Start>>;
  /** The first offset that a partition still holds. */
  readonly lowOf: (partition: number) => Promise<bigint>;
  /** The member that the session before was, if that one ended without leaving. */
  readonly formerMember: string | undefined;
  readonly onJoin: (memberId: string) => void;
  /** A partition was read up to, not including, `next`. */
  readonly onHandled: (partition: number, next: bigint) => void;
  /** A broker has answered something. */
  readonly onAnswer: () => void;
}

/** A partition that this member reads. */
interface Reading {
  readonly partition: PartitionId;
  next: bigint;
  high: bigint;
}

/** One kafkajs consumer from its connection to its end. A crashed one is never used again. */
export class ConsumerSession {
  readonly #options: SessionOptions;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #former = new FormerMember();
  readonly #ended = defer();
  readonly #readings = new Map<number, Reading>();
  #guesses: ReadonlyMap<number, Start> | undefined;
  #begun = Promise.resolve();
  #isEnding = false;
  #inHand = 0;

  constructor(config: KafkaConfig, options: SessionOptions) {
    this.#options = options;
    this.#client = createClient(config);
    this.#consumer = this.#client.kafka.consumer({
      groupId: options.group,
      partitionAssigners: [this.#former.assigner],
      sessionTimeout: SESSION_TIMEOUT,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      maxWaitTimeInMs: LONG_POLL,
      maxBytesPerPartition: MOST_BYTES_PER_PARTITION,
      maxBytes: MOST_BYTES,
      allowAutoTopicCreation: false,
      retry: { ...BRIEF_RETRIES, retries: 4, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Reads until `stop`; rejects with kafkajs' error when the consumer ends by itself. */
  async run(): Promise<void> {
    this.#listen();
    try {
      const [guesses] = await Promise.all([this.#options.findStarts(), this.#subscribe()]);
      this.#guesses = guesses;
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: (payload) => this.#handle(payload),
      });
      await this.#ended.promise;
    } catch (error) {
      throw unmaskCoordinator(error, this.#client);
    } finally {
      await this.#leave();
    }
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

  #end(error?: unknown): void {
    this.#isEnding = true;
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
  }

  /** kafkajs waits for its long poll, and on a dead connection for much longer. */
  async #leave(): Promise<void> {
    this.#isEnding = true;
    const leaving = this.#consumer.disconnect().catch(() => undefined);
    let patience = HANG_UP_AFTER;
    const timer = setInterval(() => {
      patience = this.#inHand > 0 ? HANG_UP_AFTER : patience - 100;
      if (patience <= 0) this.#client.sockets.destroy();
    }, 100);
    await leaving;
    clearInterval(timer);
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
      this.#join(payload.memberAssignment[this.#options.subscription.topic] ?? []);
    });
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      const reading = this.#readings.get(payload.partition);
      if (reading === undefined) return;
      reading.high = BigInt(payload.highWatermark);
      this.#tellIfCaughtUp();
    });
  }

  /**
   * Keeps kafkajs from fetching at a position of its own choice. Left alone, it would ask for the
   * committed offset and, were that gone, overwrite it with "the earliest": nobody would learn of the
   * gap. The first time it begins where the group stood a moment ago, later it waits.
   */
  #join(assigned: readonly number[]): void {
    const guesses = this.#guesses;
    this.#guesses = undefined;
    this.#readings.clear();
    if (guesses === undefined) this.#consumer.pause(this.#each(assigned));
    else for (const number of assigned) this.#seek(number, guesses.get(number)?.offset ?? 0n);
    this.#begun = this.#options.findStarts().then((starts) => {
      if (this.#isEnding) return;
      for (const number of assigned) this.#begin(starts.get(number), guesses?.get(number));
      if (guesses === undefined) this.#consumer.resume(this.#each(assigned));
      this.#tellIfCaughtUp();
    });
    this.#begun.catch((error: unknown) => {
      this.#end(error);
    });
  }

  /** From the join on nobody else can move the group's position: this start is the right one. */
  #begin(start: Start | undefined, guess: Start | undefined): void {
    if (start === undefined) return;
    const { partition, offset, high, notices } = start;
    this.#readings.set(partition.partition, { partition, next: offset, high });
    if (offset !== guess?.offset) this.#seek(partition.partition, offset);
    notices.forEach(this.#options.subscription.onNotice);
  }

  #seek(partition: number, offset: bigint): void {
    const { topic } = this.#options.subscription;
    this.#consumer.seek({ topic, partition, offset: `${offset}` });
  }

  #each(partitions: readonly number[]) {
    return [{ topic: this.#options.subscription.topic, partitions: [...partitions] }];
  }

  #tellIfCaughtUp(): void {
    const readings = [...this.#readings.values()];
    if (this.#isEnding || readings.length === 0) return;
    if (readings.every(({ next, high }) => next >= high)) this.#options.subscription.onCaughtUp();
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    await this.#begun;
    const reading = this.#readings.get(payload.batch.partition);
    if (reading === undefined || this.#isEnding) return;
    if (!payload.isRunning() || payload.isStale()) return;
    const heartbeat = setInterval(() => void payload.heartbeat().catch(() => undefined), 1000);
    this.#inHand += 1;
    try {
      await this.#noticeJump(reading, BigInt(payload.batch.messages[0]?.offset ?? reading.next));
      if (!(await this.#deliver(payload, reading))) return;
      await this.#commit(payload, reading);
    } finally {
      clearInterval(heartbeat);
      this.#inHand -= 1;
    }
  }

  /** Whether everything was handled; the subscription ends where it was not. */
  async #deliver(payload: EachBatchPayload, reading: Reading): Promise<boolean> {
    const { onRecords, onNotice } = this.#options.subscription;
    const { partition } = reading;
    const { batch } = payload;
    for (const run of runsOf(batch.messages)) {
      if (run.isReadable) {
        const records = run.messages.map((one) => storedRecord(batch.topic, batch.partition, one));
        try {
          await onRecords(records, partition);
        } catch (error) {
          this.#end(new HandlerFailure(error));
          return false;
        }
      } else {
        const { from, to, reason } = run;
        onNotice({ kind: 'unreadable', partition, from, to, reason });
      }
    }
    const last = batch.messages.at(-1)?.offset ?? batch.lastOffset();
    payload.resolveOffset(last);
    reading.next = BigInt(batch.lastOffset()) + 1n;
    this.#options.onHandled(batch.partition, reading.next);
    return true;
  }

  /** A refused commit (evicted, rebalancing) goes up to kafkajs, which joins the group again. */
  async #commit(payload: EachBatchPayload, reading: Reading): Promise<void> {
    const { start, commitMetadata } = this.#options.subscription;
    if (!movesPosition(start)) return;
    const { topic, partition } = payload.batch;
    const position = { partition, offset: `${reading.next}`, metadata: commitMetadata };
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [position] }] });
  }

  /** kafkajs resets an offset that the broker no longer has without telling anybody. */
  async #noticeJump(reading: Reading, first: bigint): Promise<void> {
    const { onNotice } = this.#options.subscription;
    const { partition, next } = reading;
    if (first < next) onNotice({ kind: 'rewound', partition, known: next });
    if (first <= next) return;
    const low = await this.#options.lowOf(partition.partition);
    if (low > next) onNotice({ kind: 'gap', partition, from: next, to: low < first ? low : first });
  }
}

/** The subscriber's own handler failed; its error is in `cause`. */
export class HandlerFailure extends Error {
  constructor(cause: unknown) {
    super('the handler of the records failed', { cause });
  }
}

/** Whether a subscription that starts so moves its group's position. */
export function movesPosition(start: StartPosition): boolean {
  return start.from === 'committed';
}
