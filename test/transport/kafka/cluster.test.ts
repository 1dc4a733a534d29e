import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KafkaCluster } from '../../support/kafka-cluster.js';
import { hasKafka } from '../../support/kafka.js';
import type { Transport } from '../../../src/transport/port.js';
import { publishTexts } from '../contract/bench.js';
import { administrator, open } from './bench.js';

const TOPIC = 'cluster.inbox';
const GROUPS = '__consumer_offsets';
/** How many partitions the groups have among them. */
const GROUP_PARTITIONS = 5;

describe.runIf(hasKafka)('a cluster of which a broker has just died', { timeout: 120_000 }, () => {
  let cluster: KafkaCluster;

  beforeAll(async () => {
    cluster = await KafkaCluster.raise();
  });
  afterAll(() => cluster.remove());

  /** Which broker leads what. */
  async function leadersOf(topic: string): Promise<ReadonlyMap<number, number>> {
    const admin = await administrator(cluster.addresses[0] ?? '');
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    const partitions = topics.flatMap((one) => one.partitions);
    return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
  }

  /** A group that a broker coordinates. */
  async function groupOf(broker: number): Promise<string> {
    const leaders = await leadersOf(GROUPS);
    const names = Array.from({ length: 100 }, (_, index) => `group-${index}`);
    const group = names.find((name) => leaders.get(partitionOfGroup(name)) === broker);
    if (group === undefined) throw new Error(`broker ${broker} coordinates no group`);
    return group;
  }

  const reach = (): Transport => open('', { brokers: cluster.addresses });

  test('answers every question, and takes records, once another one has taken over', async () => {
    const before = reach();
    await before.ensureTopic({ topic: TOPIC, partitions: 1, retention: 86_400_000 });
    await publishTexts(before, TOPIC, ['a', 'b']);
    await before.moveGroup({
      topic: TOPIC,
      group: 'any',
      to: new Map([[0, 1n]]),
      commitMetadata: '',
    });
    const leader = (await leadersOf(TOPIC)).get(0) ?? 0;
    const group = await groupOf(leader);
    await before.moveGroup({ topic: TOPIC, group, to: new Map([[0, 1n]]), commitMetadata: '' });
    await before.close();

    await cluster.end(leader, 'SIGKILL');
    const after = Array.from({ length: 8 }, reach);
    const [one, two, three, four, five, six, seven, eight] = after as [Transport, ...Transport[]];
    const answers = await Promise.all([
      one.positions(TOPIC, group),
      two?.locate(TOPIC, { from: 'time', at: 0 }),
      three?.limits(TOPIC),
      four?.isBeingRead(TOPIC, group),
      five?.appendTimes(TOPIC, new Map([[0, 1n]])),
      six?.moveGroup({ topic: TOPIC, group, to: new Map([[0, 2n]]), commitMetadata: 'm' }),
      seven && publishTexts(seven, TOPIC, ['c']),
      eight?.partitionFor(TOPIC, 'key'),
    ]);
    expect(answers[0]).toMatchObject([{ low: 0n }]);
    expect(await one.positions(TOPIC, group)).toMatchObject([{ committed: 2n, high: 3n }]);
    await Promise.all(after.map((transport) => transport.close()));
  });
});

/** Where Kafka keeps what a group has read: the hash of Java's strings (java.lang.String, hashCode). */
function partitionOfGroup(group: string): number {
  let hash = 0;
  for (const character of group) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0;
  return (hash & 0x7fffffff) % GROUP_PARTITIONS;
}
