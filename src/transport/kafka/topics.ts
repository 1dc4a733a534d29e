import type { Admin } from 'kafkajs';
import type { Position, TopicLimits, TopicSpec } from '../port.js';
import type { Administration, Subject } from './administration.js';
import { readFailure } from './failure.js';
import { onceThere, type SettlingOptions } from './settling.js';
import { topicIdOf } from './metadata-request.js';
import { RECORD_SET_OVERHEAD } from './record-size.js';
import { ConfigResourceTypes } from './kafkajs.js';

/** Apache Kafka's own default of `max.message.bytes`. */
const DEFAULT_LARGEST = 1_048_588;

/** What is set aside for a record's key and headers, which count as well. */
const KEY_AND_HEADERS = 4096;

/** How a topic is made up in a cluster. */
export interface TopicLayout {
  readonly clusterId: string;
  /** KIP-516; undefined where the brokers are too old to have one. */
  readonly topicId: string | undefined;
  readonly partitions: readonly PartitionBounds[];
}

/** What a partition holds at the moment. */
export interface PartitionBounds {
  readonly partition: number;
  readonly low: bigint;
  /** The offset that the next record will get. */
  readonly high: bigint;
}

/** What a group has committed for a partition. */
export interface Commitment {
  readonly offset: bigint;
  readonly metadata: string | undefined;
}

/** Questions about topics, and their creation; all wait while the brokers are settling who answers. */
export class Topics {
  readonly #administration: Administration;
  readonly #settling: SettlingOptions;
  readonly #largest = new Map<string, Promise<number>>();

  constructor(administration: Administration, settling: SettlingOptions = {}) {
    this.#administration = administration;
    this.#settling = settling;
  }

  /** The same, for somebody who waits otherwise. */
  waiting(settling: SettlingOptions): Topics {
    return new Topics(this.#administration, settling);
  }

  /** The cluster's id, the topic's, and the bounds of every partition. */
  async layout(topic: string): Promise<TopicLayout> {
    return this.#ask({ topic }, async (admin) => {
      const { clusterId } = await admin.describeCluster();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const offsets = await admin.fetchTopicOffsets(topic);
      const partitions = offsets
        .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
        .sort((one, other) => one.partition - other.partition);
      return { clusterId, topicId: topicIdOf(topics[0]?.partitions[0]), partitions };
    });
  }

  /** What a group has committed, by partition. */
  async commitments(topic: string, group: string): Promise<ReadonlyMap<number, Commitment>> {
    const answer = await this.#ask({ topic, group }, (admin) =>
      admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const found = new Map<number, Commitment>();
    for (const { partition, offset, metadata } of answer.flatMap((one) => one.partitions)) {
      if (BigInt(offset) < 0n) continue;
      found.set(partition, { offset: BigInt(offset), metadata: metadata ?? undefined });
    }
    return found;
  }

  /** The first offset at or after a time, by partition; the end where nothing is that young. */
  async offsetsAt(topic: string, time: number): Promise<ReadonlyMap<number, bigint>> {
    const offsets = await this.#ask({ topic }, (admin) =>
      admin.fetchTopicOffsetsByTimestamp(topic, time),
    );
    return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  /** Where a group stands in every partition. */
  async positions(topic: string, group: string): Promise<Position[]> {
    const { clusterId, topicId, partitions } = await this.layout(topic);
    const committed = await this.commitments(topic, group);
    return partitions.map(({ partition, low, high }) => ({
      partition: { clusterId, topic, topicId, partition },
      low,
      high,
      committed: committed.get(partition)?.offset,
      metadata: committed.get(partition)?.metadata,
    }));
  }

  /**
   * What the topic takes. Who may not look at a topic's configuration gets Kafka's default size and
   * an unknown retention.
   */
  async limits(topic: string): Promise<TopicLimits> {
    const settings = await this.#settings(topic);
    const largest = Number(settings.get('max.message.bytes') ?? DEFAULT_LARGEST);
    const retention = Number(settings.get('retention.ms') ?? -1);
    return {
      largestValue: Math.max(1, largest - RECORD_SET_OVERHEAD - KEY_AND_HEADERS),
      retention: retention < 0 ? undefined : retention,
      clock: clockOf(settings.get('message.timestamp.type')),
    };
  }

  /** The largest record set that the topic takes, in bytes; asked once. */
  largestRecordSet(topic: string): Promise<number> {
    const known = this.#largest.get(topic);
    if (known !== undefined) return known;
    const asked = this.#settings(topic).then(
      (settings) => Number(settings.get('max.message.bytes') ?? DEFAULT_LARGEST),
      (error: unknown) => {
        this.#largest.delete(topic);
        throw error;
      },
    );
    this.#largest.set(topic, asked);
    return asked;
  }

  /** Creates the topic if it is absent; says whether it did, as soon as it can be used. */
  async ensure({
    topic,
    partitions,
    retention,
    replicas,
  }: TopicSpec): Promise<'created' | 'exists'> {
    const settings = { ...INBOX_SETTINGS, 'retention.ms': `${retention}` };
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const layout = { numPartitions: partitions, replicationFactor: replicas ?? -1 };
    const topics = [{ topic, ...layout, configEntries }];
    // kafkajs would wait for its leaders, but neither until a broker has heard of the topic, nor until they lead it.
    const isNew = await this.#ask({ topic, deed: 'create' }, (admin) =>
      admin.createTopics({ topics, waitForLeaders: false }),
    );
    await onceThere(() => this.layout(topic));
    return isNew ? 'created' : 'exists';
  }

  #ask<T>(subject: Subject, requests: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#administration.ask(subject, requests, this.#settling);
  }

  async #settings(topic: string): Promise<ReadonlyMap<string, string>> {
    return this.#ask({ topic }, async (admin) => {
      try {
        return await describeTopic(admin, topic);
      } catch (error) {
        if (readFailure(error).types.has('TOPIC_AUTHORIZATION_FAILED')) return new Map();
        throw error;
      }
    });
  }
}

function clockOf(timestampType: string | undefined): TopicLimits['clock'] {
  if (timestampType === undefined) return undefined;
  return timestampType === 'LogAppendTime' ? 'log' : 'producer';
}

/** An inbox keeps everything for its retention, as it was produced, by the broker's own clock. */
const INBOX_SETTINGS = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'message.timestamp.type': 'LogAppendTime',
};

async function describeTopic(admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  const configNames = ['max.message.bytes', 'retention.ms', 'message.timestamp.type'];
  const { resources } = await admin.describeConfigs({
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
    includeSynonyms: false,
  });
  const entries = resources.flatMap((resource) => resource.configEntries);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
