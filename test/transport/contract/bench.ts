import { randomUUID } from 'node:crypto';
import type {
  OutgoingRecord,
  PartitionId,
  Position,
  StoredRecord,
  SubscribeOptions,
  Subscription,
  SubscriptionNotice,
  TopicSpec,
  Transport,
} from '../../../src/transport/port.js';
import { until } from '../../support/until.js';

/** The log under test, and what only its administrator can do. */
export interface TransportFixture {
  /** Opens one more client of the same log, as another process would. */
  open(): Promise<Transport>;
  /** Deletes the topic and makes it anew. Tests that need it are skipped where it is missing. */
  readonly recreateTopic?: (spec: TopicSpec) => Promise<void>;
  /** Drops the records before `offset`, as retention would. */
  readonly dropBefore?: (topic: string, partition: number, offset: bigint) => Promise<void>;
  /** Stops whatever the factory started. */
  close(): Promise<void>;
}

/** Fourteen days in milliseconds: the retention of every topic the suite makes. */
export const RETENTION = 14 * 24 * 3600 * 1000;

/** What a subscription has seen so far. */
export class Reading {
  readonly records: StoredRecord[] = [];
  readonly partitions: PartitionId[] = [];
  readonly notices: SubscriptionNotice[] = [];
  caughtUp = 0;
  subscription: Subscription | undefined;

  /** The values read so far, as text. */
  get texts(): string[] {
    return this.records.map((record) => Buffer.from(record.value).toString());
  }

  /** Waits until at least `count` records have been read and gives their values. */
  async upTo(count: number): Promise<string[]> {
    await until(`${count} records have been read`, () => this.records.length >= count);
    return this.texts;
  }

  /** Finishes the call in hand, commits and leaves. */
  async stop(): Promise<void> {
    await this.subscription?.stop();
  }
}

/** A record with a text for its value. */
export function textRecord(text: string, key = 'key'): OutgoingRecord {
  return { key, value: Buffer.from(text), headers: {} };
}

/** Keeps the fixture and ends what a test has left open. */
export class ContractBench {
  #fixture: TransportFixture | undefined;
  #opened: Transport[] = [];
  #readings: Reading[] = [];

  begin(fixture: TransportFixture): void {
    this.#fixture = fixture;
  }

  get fixture(): TransportFixture {
    if (this.#fixture === undefined) throw new Error('the fixture has not been started');
    return this.#fixture;
  }

  /** Opens a client that is closed after the test. */
  async open(): Promise<Transport> {
    const transport = await this.fixture.open();
    this.#opened.push(transport);
    return transport;
  }

  /** Makes a topic of the test's own. */
  async topic(transport: Transport, partitions = 1): Promise<string> {
    const topic = `contract.${randomUUID()}`;
    await transport.ensureTopic({ topic, partitions, retention: RETENTION });
    return topic;
  }

  /** Subscribes and keeps what comes; `onRecords` may be given to fail or to wait. */
  async read(
    transport: Transport,
    options: Pick<SubscribeOptions, 'topic'> & Partial<SubscribeOptions>,
  ): Promise<Reading> {
    const reading = new Reading();
    reading.subscription = await transport.subscribe({
      group: `group.${options.topic}`,
      start: fromCommitted(),
      commitMetadata: 'ledger-1',
      giveUpAfter: 60_000,
      onNotice: (notice) => reading.notices.push(notice),
      onCaughtUp: () => (reading.caughtUp += 1),
      ...options,
      onRecords: async (records, partition) => {
        await options.onRecords?.(records, partition);
        reading.records.push(...records);
        reading.partitions.push(partition);
      },
    });
    reading.subscription.finished.catch(() => undefined);
    this.#readings.push(reading);
    return reading;
  }

  /** Reads everything there is, commits it and leaves. */
  async drain(transport: Transport, topic: string, count: number): Promise<Reading> {
    const reading = await this.read(transport, { topic });
    await reading.upTo(count);
    await reading.stop();
    return reading;
  }

  async tidy(): Promise<void> {
    await Promise.allSettled(this.#readings.splice(0).map((reading) => reading.stop()));
    await Promise.allSettled(this.#opened.splice(0).map((transport) => transport.close()));
  }

  async end(): Promise<void> {
    await this.#fixture?.close();
  }
}

/** The usual start: the committed position, and what the reader itself knows (nothing by default). */
export function fromCommitted(known?: bigint): SubscribeOptions['start'] {
  return { from: 'committed', known: () => Promise.resolve(known) };
}

/** Publishes texts to one partition, in order. */
export async function publishTexts(
  transport: Transport,
  topic: string,
  texts: readonly string[],
  partition = 0,
): Promise<void> {
  await transport.publish(
    topic,
    partition,
    texts.map((text) => textRecord(text)),
  );
}

/** Where the suite's default group stands in the only partition of a topic. */
export async function onlyPosition(transport: Transport, topic: string): Promise<Position> {
  const [position] = await transport.positions(topic, `group.${topic}`);
  if (position === undefined) throw new Error(`no partition in ${topic}`);
  return position;
}
