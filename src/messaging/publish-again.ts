import type { ClaimedDelivery, OutboxDelivery, OutboxRow } from '../ledger/port.js';
import { MsgError } from '../errors.js';
import type { MessagingDeps } from './deps.js';
import type { OnSent } from './large/publish-file.js';
import { leaseFor, noteFailure, publishTogether, type PublishedDelivery } from './publish.js';
import { recheck } from './recheck.js';
import { isTooLarge } from './settle-send.js';

/**
 * Publishes a message of the outbox to every recipient that has not been served, after a second look
 * at its certificates: it may have been kept for days. In chunks where its inbox takes it in no other way.
 *
 * @throws SourceChanged where the payload that goes in chunks is not what it was any more.
 */
export async function publishAgain(
  row: OutboxRow,
  kept: Pick<ClaimedDelivery, 'sealed' | 'ownInfo'>,
  deps: MessagingDeps,
  onSent: OnSent = () => undefined,
): Promise<readonly PublishedDelivery[]> {
  const published: PublishedDelivery[] = [];
  // One after the other: the first may seal the message anew for all that follow.
  for (const delivery of row.deliveries) {
    published.push(await publishOne({ row, delivery, ...kept }, deps, onSent));
  }
  return published;
}

async function publishOne(
  claimed: ClaimedDelivery,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<PublishedDelivery> {
  const { row, delivery } = claimed;
  const { recipient: peer, topic } = delivery;
  if (delivery.inChunks) return publishRest({ row, delivery }, deps, onSent);
  const begun = await deps.ledger.outbox.beginPublish(
    { id: row.id, recipient: peer },
    leaseFor(deps),
  );
  if (!begun) return asItStands(delivery);
  const [published] = await attempt(claimed, deps);
  if (published !== undefined && isTooLarge(published)) {
    const { publishInChunks } = await import('./large/publish-in-chunks.js');
    return publishInChunks(await latest(claimed, deps), published, deps);
  }
  return published ?? { peer, topic, state: 'queued', partition: undefined, offset: undefined };
}

async function publishRest(
  { row, delivery }: Pick<ClaimedDelivery, 'row' | 'delivery'>,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<PublishedDelivery> {
  const { publishLargeAgain } = await import('./large/publish-large-again.js');
  return publishLargeAgain(row, delivery, deps, onSent);
}

/** Nothing to do, or another process is at it. */
export function asItStands(delivery: OutboxDelivery): PublishedDelivery {
  const { recipient: peer, topic, state, partition, offset } = delivery;
  if (state === 'sent') return { peer, topic, state: 'already-sent', partition, offset };
  const isOver = state === 'expired' || state === 'cancelled';
  return { peer, topic, state: isOver ? state : 'queued', partition, offset };
}

async function attempt(
  claimed: ClaimedDelivery,
  deps: MessagingDeps,
): Promise<readonly PublishedDelivery[]> {
  try {
    const current = await latest(claimed, deps);
    const checked = await recheck(current, deps);
    if (checked.outcome === 'never') throw checked.error;
    return await publishTogether([checked.delivery], deps);
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    return noteFailure([claimed], { outcome: 'not-sent', error }, deps);
  }
}

/** The message as the ledger has it now: it may just have been sealed anew. */
async function latest(claimed: ClaimedDelivery, deps: MessagingDeps): Promise<ClaimedDelivery> {
  const { id } = claimed.row;
  const kept = await deps.ledger.outbox.kept(id);
  const found = (await deps.ledger.history.find(id)).find(({ direction }) => direction === 'out');
  if (kept === undefined || found?.direction !== 'out') {
    throw new MsgError('bug', `the outbox lost the bytes of ${id}`);
  }
  return { ...claimed, row: found, ...kept };
}
