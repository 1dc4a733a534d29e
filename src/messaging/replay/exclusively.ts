import { MsgError } from '../../errors.js';
import type { MessagingDeps } from '../deps.js';

/** For how long a replay is left alone by other processes without a renewal, in milliseconds. */
const LEASE = 60_000;

/**
 * Does the work of a replay with a name, which no other process does at the same time.
 *
 * @throws MsgError `batch-running`.
 */
export async function exclusively<T>(
  run: string,
  { ledger, owner, clock, isGone }: Pick<MessagingDeps, 'ledger' | 'owner' | 'clock' | 'isGone'>,
  work: () => Promise<T>,
): Promise<T> {
  const lease = (): { owner: string; until: number } => ({ owner, until: clock() + LEASE });
  const { heldBy } = await ledger.replays.acquire(run, lease(), isGone);
  if (heldBy !== undefined) throw isRunning(run);
  const renewal = setInterval(() => {
    // One renewal that fails is made good by the next: a lease lasts for three of them.
    ledger.replays.renew(run, lease()).catch(() => undefined);
  }, LEASE / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await ledger.replays.release(run, owner);
  }
}

/** Another process has it, or has taken it over meanwhile. */
export function isRunning(run: string): MsgError {
  return new MsgError('batch-running', `the replay ${run} is running in another process`, {
    hint: 'wait for it, or give this one another name',
  });
}
