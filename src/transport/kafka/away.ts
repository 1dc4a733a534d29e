import { withCluster } from './cluster.js';
import type { KafkaConfig } from './config.js';
import { readFailure, type Failure } from './failure.js';

const NAME = 'BrokerAway';

/** A broker cannot be reached while others can: what it led passes to them, once they have missed it. */
class BrokerAway extends Error {
  // Written out, since a bundle gives its classes other names.
  override readonly name = NAME;
}

/** Whether a failure, or what caused it, is one of {@link oneAway}. */
export function isAway({ names }: Failure): boolean {
  return names.has(NAME);
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
 * Marks a failure of requests, for {@link isAway}, where the broker that failed them is one of several.
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
