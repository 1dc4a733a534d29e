import { checkpoint } from '../domain/checkpoint.js';
import { othersTurn } from '../domain/turn.js';
import { MsgError } from '../errors.js';
import type { HeldLog, PruneCounts, PruneRequest } from '../ledger/port.js';
import { inboxGroup, type MessagingDeps } from './deps.js';

/** So many messages are forgotten in one transaction: nobody who listens waits long for it. */
const STEP = 500;

type PruneDeps = Pick<MessagingDeps, 'ledger' | 'transport' | 'self'>;

/** What to forget. */
export interface PruneOptions {
  /** Only what was over before this moment, in Unix milliseconds. */
  readonly before: number;
  /** Bytes go, every id stays known; no broker is asked then. */
  readonly keepIds: boolean;
  /** The inbox that is read now. */
  readonly topic: string;
}

/**
 * Finds out what may be forgotten. The record of a message whose id goes must not be in the log any more:
 * a look back would find it.
 *
 * @throws MsgError `broker-unreachable` and others of the transport.
 */
export async function planPrune(
  { before, keepIds, topic }: PruneOptions,
  deps: PruneDeps,
): Promise<{ readonly request: PruneRequest; readonly counts: PruneCounts }> {
  const ids = keepIds ? undefined : { held: await heldLogs(topic, deps) };
  const request = { before, ids };
  return { request, counts: await deps.ledger.pruning.plan(request) };
}

/** Forgets it, step by step; what is broken off in between goes on when it is called again. */
export async function prune(
  request: PruneRequest,
  { ledger }: Pick<PruneDeps, 'ledger'>,
  signal: AbortSignal,
): Promise<PruneCounts> {
  let total = await ledger.pruning.step(request, STEP);
  for (let last = total; !isNothing(last) && !signal.aborted;) {
    checkpoint('prune:step');
    await othersTurn();
    last = await ledger.pruning.step(request, STEP);
    total = sumOf(total, last);
  }
  return total;
}

/** What the log has of this inbox, and of those that messages came from before it was moved. */
async function heldLogs(
  topic: string,
  { ledger, transport, self }: PruneDeps,
): Promise<readonly HeldLog[]> {
  const topics = new Set([topic, ...(await ledger.pruning.topics())]);
  const held: HeldLog[] = [];
  for (const one of topics) {
    for (const { partition, low } of await positionsOf(one)) held.push({ ...partition, low });
  }
  return held;

  /** An inbox that has been removed holds nothing. */
  async function positionsOf(name: string): ReturnType<PruneDeps['transport']['positions']> {
    try {
      return await transport.positions(name, inboxGroup(self));
    } catch (error) {
      if (name !== topic && error instanceof MsgError && error.code === 'not-found') return [];
      throw error;
    }
  }
}

function isNothing(counts: PruneCounts): boolean {
  return Object.values(counts).every((count) => count === 0);
}

function sumOf(one: PruneCounts, other: PruneCounts): PruneCounts {
  return {
    receivedBytes: one.receivedBytes + other.receivedBytes,
    receivedIds: one.receivedIds + other.receivedIds,
    sentBytes: one.sentBytes + other.sentBytes,
    sentIds: one.sentIds + other.sentIds,
    quarantined: one.quarantined + other.quarantined,
    size: one.size + other.size,
  };
}
