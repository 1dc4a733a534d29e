import type { Cluster, Kafka } from 'kafkajs';
import { BRIEF_RETRIES, createClient, unmaskCoordinator, unmaskLogin } from './client.js';
import type { KafkaConfig } from './config.js';
import { PartitionAssigners } from './kafkajs.js';

/**
 * Makes requests that kafkajs' administrator has no method for, over connections of their own.
 *
 * @param closing hangs up at once: what is asked then fails.
 */
export async function withCluster<T>(
  config: KafkaConfig,
  closing: AbortSignal,
  requests: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const client = createClient(config);
  const hangUp = (): void => {
    client.sockets.destroy();
  };
  closing.addEventListener('abort', hangUp);
  try {
    closing.throwIfAborted();
    const cluster = clusterOf(client.kafka);
    await cluster.connect();
    return await requests(cluster);
  } catch (error) {
    throw unmaskCoordinator(unmaskLogin(error, client), client);
  } finally {
    closing.removeEventListener('abort', hangUp);
    hangUp();
  }
}

/** kafkajs shows its cluster to partition assigners alone, so a consumer is made that never joins. */
function clusterOf(kafka: Kafka): Cluster {
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
