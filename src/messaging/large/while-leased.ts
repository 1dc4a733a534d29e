import type { MessagingDeps } from '../deps.js';
import { leaseFor, PUBLISH_LEASE } from '../publish.js';

/** Does something that may take long, and keeps other processes from what this one is publishing. */
export async function whileLeased<T>(
  deps: Pick<MessagingDeps, 'ledger' | 'owner' | 'clock'>,
  work: () => Promise<T>,
): Promise<T> {
  const renewal = setInterval(() => {
    // One renewal that fails is made good by the next: a lease lasts for three of them.
    deps.ledger.outbox.renew(leaseFor(deps)).catch(() => undefined);
  }, PUBLISH_LEASE / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
