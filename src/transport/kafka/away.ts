import { withCluster } from './cluster.js';
import type { KafkaConfig } from './config.js';
import { readFailure } from './failure.js';

/** A broker cannot be reached while others can: what it led passes to them, once they have missed it. */
export class BrokerAway extends Error {
  override readonly name = 'BrokerAway';
}

const BROKEN = [
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
];

/** Whether no answer came, so that a new connection may help. */
export function isBroken(error: unknown): boolean {
  const { names } = readFailure(error);
  return BROKEN.some((name) => names.has(name));
}

/**
 * Gives a failure of requests as a {@link BrokerAway} where the broker that failed them is one of several.
 * A lone one is not waited for: it is down, or sends its clients to an address that nobody reaches.
 *
 * @param closing ends the question how many there are; the failure then counts as it is.
 */
export async function oneAway(
  error: unknown,
  config: KafkaConfig,
  closing: AbortSignal,
): Promise<unknown> {
  if (!isBroken(error) || (await countBrokers(config, closing)) < 2) return error;
  return new BrokerAway('a broker of several is away', { cause: error });
}

/** How many brokers there are in the eyes of the first one that answers; 0 where none does. */
async function countBrokers(config: KafkaConfig, closing: AbortSignal): Promise<number> {
  try {
    return await withCluster(config, closing, async (cluster) => {
      await cluster.refreshMetadata();
      return cluster.getNodeIds().length;
    });
  } catch {
    return 0;
  }
}
