import type { Cluster } from 'kafkajs';
import type { Administration } from './administration.js';
import { registerCodecs } from './codecs.js';

/** The least that there is to fetch: a broker sends one record set, however little is asked for. */
const ONE_RECORD_SET = 1;

/**
 * When the first record at or after each offset was appended, in Unix milliseconds. Kafka answers the
 * opposite question only, so the record itself is fetched.
 */
export async function appendTimes(
  administration: Administration,
  topic: string,
  offsets: ReadonlyMap<number, bigint>,
): Promise<ReadonlyMap<number, number>> {
  const times = new Map<number, number>();
  if (offsets.size === 0) return times;
  registerCodecs();
  await administration.askCluster({ topic }, async (cluster) => {
    await cluster.addTargetTopic(topic);
    for (const [partition, offset] of offsets) {
      const time = await timeOf(cluster, { topic, partition, offset });
      if (time !== undefined) times.set(partition, time);
    }
  });
  return times;
}

interface Spot {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

async function timeOf(
  cluster: Cluster,
  { topic, partition, offset }: Spot,
): Promise<number | undefined> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) return undefined;
  const leader = await cluster.findBroker({ nodeId });
  const at = { partition, fetchOffset: `${offset}`, maxBytes: ONE_RECORD_SET };
  const answer: unknown = await leader.fetch({
    ...{ maxWaitTime: 0, minBytes: 0, maxBytes: ONE_RECORD_SET },
    topics: [{ topic, partitions: [at] }],
  });
  const first = messagesIn(answer).find((message) => message.offset >= offset);
  return first?.timestamp;
}

/** kafkajs types the answer as anything. */
function messagesIn(
  answer: unknown,
): readonly { readonly offset: bigint; readonly timestamp: number }[] {
  const partitions = listIn(answer, 'responses').flatMap((one) => listIn(one, 'partitions'));
  return partitions
    .flatMap((one) => listIn(one, 'messages'))
    .flatMap((one) => {
      const { offset, timestamp } = one as Partial<Record<string, unknown>>;
      if (typeof offset !== 'string' || typeof timestamp !== 'string') return [];
      return [{ offset: BigInt(offset), timestamp: Number(timestamp) }];
    });
}

function listIn(value: unknown, field: string): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const list: unknown = (value as Partial<Record<string, unknown>>)[field];
  if (!Array.isArray(list)) return [];
  return list.filter((one): one is object => typeof one === 'object' && one !== null);
}
