import { MsgError } from '../../errors.js';
import type { MessagingDeps } from '../deps.js';
import type { PublishedDelivery } from '../publish.js';
import { isTooLarge } from '../settle-send.js';
import { goInChunks, type KeptForOneRecord } from './go-in-chunks.js';
import { publishLargeAgain } from './publish-large-again.js';

/**
 * Publishes a new message in chunks to those whose inboxes did not take it in one record, where others may
 * have it; where nobody has, all of it is better sent in another way.
 */
export async function inChunks(
  begun: readonly PublishedDelivery[],
  kept: Omit<KeptForOneRecord, 'delivery'>,
  deps: MessagingDeps,
): Promise<readonly PublishedDelivery[]> {
  if (begun.every(isTooLarge)) return begun;
  const published: PublishedDelivery[] = [];
  for (const one of begun) {
    const delivery = kept.row.deliveries.find(({ recipient }) => recipient === one.peer);
    const isRefused = delivery !== undefined && isTooLarge(one);
    published.push(isRefused ? await publishInChunks({ ...kept, delivery }, one, deps) : one);
  }
  return published;
}

/**
 * Publishes in chunks, at once, what its inbox has just refused in one record.
 *
 * @returns what became of it: it waits where it cannot be cut up now, and failed where it never can.
 */
export async function publishInChunks(
  kept: KeptForOneRecord,
  refused: PublishedDelivery,
  deps: MessagingDeps,
): Promise<PublishedDelivery> {
  const { error } = refused.failure ?? {};
  // Others wait in the queue: a flush cuts up a batch.
  if (error === undefined || kept.row.kind !== 'message') return refused;
  try {
    const chunking = await goInChunks(kept, error, deps);
    if (chunking.outcome === 'waits') return refused;
    if (chunking.outcome === 'never') return await fail(kept, chunking.error, deps);
    return await publishLargeAgain(kept.row, kept.delivery, deps, () => undefined);
  } catch (failure) {
    if (!(failure instanceof MsgError)) throw failure;
    return { ...refused, failure: { outcome: 'not-sent', error: failure } };
  }
}

async function fail(
  { row: { id }, delivery: { recipient: peer, topic } }: KeptForOneRecord,
  error: MsgError,
  { ledger }: MessagingDeps,
): Promise<PublishedDelivery> {
  await ledger.outbox.markFailed({
    id,
    recipient: peer,
    error: error.message,
    outcome: 'not-sent',
  });
  const nowhere = { partition: undefined, offset: undefined };
  return { peer, topic, state: 'failed', ...nowhere, failure: { outcome: 'not-sent', error } };
}
