import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import { connectKafka } from '../../../src/transport/kafka/connect.js';
import type { KafkaConfig } from '../../../src/transport/kafka/config.js';
import type { Transport } from '../../../src/transport/port.js';
import { kafkaForTests } from '../../support/kafka.js';
import { until } from '../../support/until.js';
import type { TransportFixture } from '../contract/bench.js';

/** A transport to a plain broker; the log is dropped. */
export function open(bootstrap: string, options: Partial<KafkaConfig> = {}): Transport {
  return connectKafka({
    brokers: [bootstrap],
    clientId: 'msg-test',
    log: () => undefined,
    clock: Date.now,
    ...options,
  });
}

/** An administrator apart from the code under test. */
export async function administrator(bootstrap: string): Promise<Admin> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}

/** The run's shared broker as the contract suite wants it. */
export async function kafkaFixture(): Promise<TransportFixture> {
  const { bootstrap } = await kafkaForTests();
  const admin = await administrator(bootstrap);
  return {
    open: () => Promise.resolve(open(bootstrap)),
    recreateTopic: async (spec) => {
      await admin.deleteTopics({ topics: [spec.topic] });
      await until(
        'the topic is gone',
        async () => !(await admin.listTopics()).includes(spec.topic),
      );
      const creator = open(bootstrap);
      await until('it is there again', async () => {
        return (await creator.ensureTopic(spec)) === 'created';
      });
      await creator.close();
    },
    dropBefore: async (topic, partition, offset) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${offset}` }] });
    },
    close: () => admin.disconnect(),
  };
}

/** Makes a topic with settings of its own, apart from the code under test. */
export async function newTopic(admin: Admin, settings: Record<string, string>): Promise<string> {
  const topic = `kafka.${randomUUID()}`;
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  return topic;
}

/**
 * Changes settings of a topic, and waits for them: a broker answers when the controller has written the
 * change down, which is before it holds for what is appended. It shows settings just before it
 * applies them, so it has to show them twice.
 */
export async function alterTopic(
  admin: Admin,
  topic: string,
  settings: Record<string, string>,
): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  await admin.alterConfigs({ validateOnly: false, resources });
  let shown = 0;
  await until('the broker has the new settings', async () => {
    const there = await settingsOf(admin, topic);
    const isShown = Object.entries(settings).every(([name, value]) => there.get(name) === value);
    shown = isShown ? shown + 1 : 0;
    return shown === 2;
  });
}

async function settingsOf(admin: Admin, name: string): Promise<ReadonlyMap<string, string>> {
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name }],
  });
  const entries = resources.flatMap(({ configEntries }) => configEntries);
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
