import type { ClaimedDelivery, OutgoingFile } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { publishTogether, type PublishedDelivery } from '../publish.js';
import { recheck, type Rechecked } from '../recheck.js';
import type { OnSent } from './publish-file.js';
import { publishLarge } from './publish-large.js';
import { recheckLarge } from './recheck-large.js';

/** A claimed delivery, with its payload where that goes in chunks. */
export type Claimed = ClaimedDelivery & { readonly file?: OutgoingFile };

/** What a second look says of a delivery, of whatever size. */
export type RecheckedClaim =
  | { readonly outcome: 'fit' | 'anew'; readonly delivery: Claimed }
  | Extract<Rechecked, { outcome: 'never' }>;

/** Looks again whether what was kept can still be read and believed, of whatever size. */
export async function recheckClaimed(
  claimed: ClaimedDelivery,
  deps: MessagingDeps,
): Promise<RecheckedClaim> {
  const { row, delivery } = claimed;
  const key = { id: row.id, recipient: delivery.recipient };
  const file = delivery.inChunks ? await deps.ledger.outgoing.find(key) : undefined;
  if (file === undefined) return recheck(claimed, deps);
  const checked = await recheckLarge(claimed, file, deps);
  const outcome = checked.isAnew ? 'anew' : 'fit';
  return { outcome, delivery: { ...checked.claimed, file: checked.file } };
}

/** How many of these go out together: large ones alone, others as far as they have one topic. */
export function countTogether(rest: readonly Claimed[]): number {
  const [first] = rest;
  if (first?.file !== undefined) return 1;
  const end = rest.findIndex(
    ({ file, delivery }) => file !== undefined || delivery.topic !== first?.delivery.topic,
  );
  return end === -1 ? rest.length : end;
}

/** Publishes what goes out together. @throws SourceChanged for a large one. */
export async function publishClaimed(
  together: readonly Claimed[],
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<readonly PublishedDelivery[]> {
  const [first] = together;
  if (first?.file === undefined) return publishTogether(together, deps);
  return [await publishLarge(first, first.file, deps, onSent)];
}
