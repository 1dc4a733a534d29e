import type { Cluster } from 'kafkajs';
import {
  BRIEF_RETRIES,
  contextOf,
  createClient,
  unmaskCoordinator,
  unmaskLogin,
} from './client.js';
import type { Subject } from './administration.js';
import type { KafkaConfig } from './config.js';
import { explain } from './failure.js';
import { PartitionAssigners } from './kafkajs.js';

/**
 * Makes requests that kafkajs' administrator has no method for, over connections of their own.
 * kafkajs shows its cluster to partition assigners alone, so a consumer is made that never joins.
 *
 * @throws MsgError for every failure, with what the operator can do about it.
 */
export async function withCluster<T>(
  config: KafkaConfig,
  subject: Subject,
  requests: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const client = createClient(config);
  try {
    const cluster = clusterOf(client.kafka);
    await cluster.connect();
    return await requests(cluster);
  } catch (error) {
    const unmasked = unmaskCoordinator(unmaskLogin(error, client), client);
    throw explain(unmasked, { ...contextOf(config), ...subject });
  } finally {
    client.sockets.destroy();
  }
}

function clusterOf(kafka: ReturnType<typeof createClient>['kafka']): Cluster {
  let found: Cluster | undefined;
  kafka.consumer({
    groupId: 'none',
    retry: BRIEF_RETRIES,
    partitionAssigners: [
      (config) => {
        found = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  if (found === undefined) throw new Error('kafkajs shows its cluster to assigners no more');
  return found;
}
