import { MsgError } from '../../errors.js';
import type { OutgoingRecord, Published } from '../port.js';
import { oneAway } from './away.js';
import { contextOf } from './client.js';
import type { KafkaConfig } from './config.js';
import { explain, readFailure } from './failure.js';
import { Lane, MOST_BATCH_BYTES } from './lane.js';
import { partitionOf } from './murmur2.js';
import { PersistentSender } from './persistent-sender.js';
import { ProducerSession } from './producer-session.js';
import { RECORD_SET_OVERHEAD, recordSize } from './record-size.js';
import { onceSettled } from './settling.js';
import { CLOSED_BEFORE_LOGIN } from './sockets.js';

/** Tells the largest record set that a topic takes, in bytes. */
export type AskLargest = (topic: string) => Promise<number>;

/** The publishing half of the Kafka transport: a lane, with a producer of its own, for each partition. */
export class Publisher {
  readonly #config: KafkaConfig;
  readonly #largest: AskLargest;
  readonly #lanes = new Map<string, { readonly lane: Lane; readonly sender: PersistentSender }>();
  /** A session that connects before anybody has said to which topic it is to publish. */
  #early: ProducerSession | undefined;
  /** Sessions that are asking for a topic's partitions. */
  readonly #counting = new Set<ProducerSession>();
  /** Sessions that have counted a topic's partitions and wait to be the producer of one. */
  readonly #counters = new Map<string, ProducerSession>();
  readonly #counts = new Map<string, Promise<number>>();
  readonly #closing = new AbortController();

  constructor(config: KafkaConfig, largest: AskLargest) {
    this.#config = config;
    this.#largest = largest;
  }

  /** Connects ahead of the first question. */
  reachOut(): void {
    if (this.#early !== undefined || this.#counts.size > 0) return;
    this.#early = new ProducerSession(this.#config);
    this.#early.connect().catch(() => undefined);
  }

  /** The partition of a key, after Kafka's default partitioner. */
  async partitionFor(topic: string, key: string): Promise<number> {
    return partitionOf(key, await this.#partitionCount(topic));
  }

  /** Appends records in order, after everything published to this partition before. */
  async publish(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<Published> {
    for (const record of records) await this.#refuseTooLarge(topic, record);
    const baseOffset = await this.#lane(topic, partition).publish(records);
    return { topic, partition, baseOffset };
  }

  /** Leaves the brokers, at most seconds after the last request was answered. */
  async close(): Promise<void> {
    this.#closing.abort();
    // Nothing hangs on what these would answer.
    for (const session of this.#counting) session.destroy();
    this.#early?.destroy();
    const sessions = [...this.#counters.values()].map((session) => session.close());
    const lanes = [...this.#lanes.values()].map(({ sender }) => sender.close());
    await Promise.all([...sessions, ...lanes]);
  }

  #partitionCount(topic: string): Promise<number> {
    const known = this.#counts.get(topic);
    if (known !== undefined) return known;
    const asked = onceSettled(() => this.#askPartitionCount(topic), {
      signal: this.#closing.signal,
    }).catch((error: unknown) => {
      this.#counts.delete(topic);
      throw explain(error, { ...contextOf(this.#config), topic, deed: 'write to' });
    });
    this.#counts.set(topic, asked);
    return asked;
  }

  async #askPartitionCount(topic: string, isSecond = false): Promise<number> {
    const session = this.#takeEarly() ?? new ProducerSession(this.#config);
    this.#counting.add(session);
    try {
      const count = await session.partitionCount(topic);
      this.#counters.set(topic, session);
      return count;
    } catch (error) {
      session.destroy();
      if (isSecond || !readFailure(error).codes.has(CLOSED_BEFORE_LOGIN))
        throw session.isReached ? await oneAway(error, this.#config, this.#closing.signal) : error;
      return await this.#askPartitionCount(topic, true);
    } finally {
      this.#counting.delete(session);
    }
  }

  #lane(topic: string, partition: number): Lane {
    const name = `${topic}/${partition}`;
    const found = this.#lanes.get(name);
    if (found !== undefined) return found.lane;
    const session = this.#takeCounter(topic);
    const sender = new PersistentSender(this.#config, topic, partition, session);
    const lane = new Lane((records) => sender.send(records));
    this.#lanes.set(name, { lane, sender });
    return lane;
  }

  #takeEarly(): ProducerSession | undefined {
    const session = this.#early;
    this.#early = undefined;
    return session;
  }

  #takeCounter(topic: string): ProducerSession | undefined {
    const session = this.#counters.get(topic);
    this.#counters.delete(topic);
    return session;
  }

  /** Asks for the topic's limit only when a record comes near what brokers take by default. */
  async #refuseTooLarge(topic: string, record: OutgoingRecord): Promise<void> {
    const size = recordSize(record) + RECORD_SET_OVERHEAD;
    if (size <= MOST_BATCH_BYTES) return;
    const largest = await this.#largest(topic);
    if (size <= largest) return;
    throw new MsgError('too-large', `a record of ${size} bytes, where ${topic} takes ${largest}`, {
      hint: 'send it in chunks, or raise max.message.bytes of the topic',
    });
  }
}
