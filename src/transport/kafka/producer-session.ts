import type { ICustomPartitioner, Producer, RecordMetadata } from 'kafkajs';
import type { OutgoingRecord } from '../port.js';
import { BRIEF_RETRIES, createClient, unmaskLogin, type KafkaClient } from './client.js';
import type { KafkaConfig } from './config.js';
import { readFailure } from './failure.js';

const HANG_UP_AFTER = 2_000;

/**
 * One idempotent producer, used for one topic, with connections of its own: a topic without a leader, or a
 * producer that has to be thrown away, then disturbs nobody else.
 */
export class ProducerSession {
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;
  #partitions: number | undefined;

  constructor(config: KafkaConfig) {
    this.#client = createClient(config, 'produce');
    // It would warn of the few retries: with more, a repetition would be its decision and not ours.
    this.#client.hush(true);
    this.#producer = this.#client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { ...BRIEF_RETRIES, retries: 1 },
      createPartitioner: this.#partitioner,
    });
    this.#client.hush(false);
    // The answer to what is asked next would come over the same connection, if at all.
    this.#producer.on(this.#producer.events.REQUEST_TIMEOUT, ({ payload }) => {
      this.#client.sockets.hangUpOn(payload.broker);
    });
  }

  /** Whether any broker has answered anything. */
  get isReached(): boolean {
    return this.#client.sockets.wasAnswered;
  }

  /** Whether the broker has answered before. */
  get wasConnected(): boolean {
    return this.#partitions !== undefined;
  }

  /** How many Produce requests have left this process; what was never sent was surely not appended. */
  get produceRequests(): number {
    return this.#client.sockets.produceRequests;
  }

  /** Connects, unless it has; what is asked or sent does so by itself. */
  connect(): Promise<void> {
    this.#connected ??= this.#producer.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw unmaskLogin(error, this.#client);
    });
    return this.#connected;
  }

  /** A topic's number of partitions, asked over the connection that publishing will use. */
  async partitionCount(topic: string): Promise<number> {
    await this.connect();
    try {
      await this.#producer.send({ topic, messages: [{ value: null }] });
    } catch (error) {
      if (!isProbe(error)) throw unmaskLogin(error, this.#client);
    } finally {
      this.#client.hush(false);
    }
    return this.#partitions ?? 1;
  }

  /** Appends records in one request and gives the first one's offset. */
  async send(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<bigint | undefined> {
    await this.connect();
    const messages = records.map(({ key, value, headers }) => ({
      key,
      value: asBuffer(value),
      headers: { ...headers },
      partition,
    }));
    const [answer] = await this.#producer.send({ topic, messages });
    return baseOffsetOf(answer);
  }

  /** Leaves, waiting a little for what is in flight; then hangs up. */
  async close(): Promise<void> {
    const timer = setTimeout(() => {
      this.destroy();
    }, HANG_UP_AFTER);
    await this.#producer.disconnect().catch(() => undefined);
    clearTimeout(timer);
  }

  /** Hangs up: nothing that is still queued can reach the broker any more. */
  destroy(): void {
    this.#client.sockets.destroy();
    void this.#producer.disconnect().catch(() => undefined);
  }

  /**
   * Takes the partition that each message names. A message without one is the question how many
   * there are: kafkajs tells only its partitioner, which then keeps it from being sent.
   */
  readonly #partitioner: ICustomPartitioner =
    () =>
    ({ message, partitionMetadata }) => {
      this.#partitions = partitionMetadata.length;
      if (message.partition !== undefined) return message.partition;
      this.#client.hush(true);
      throw new Error(PROBE);
    };
}

const PROBE = 'only asking for the number of partitions';

function isProbe(error: unknown): boolean {
  return readFailure(error).message === PROBE;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Kafka answers -1 where it recognised a repetition of something it had forgotten the offset of. */
function baseOffsetOf(answer: RecordMetadata | undefined): bigint | undefined {
  const offset = BigInt(answer?.baseOffset ?? -1);
  return offset < 0n ? undefined : offset;
}
