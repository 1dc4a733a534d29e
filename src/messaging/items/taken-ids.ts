import type { MessageId } from '../../domain/message-id.js';
import type { TakenId } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import type { BatchOptions, PendingItem } from './batch-request.js';
import { ItemDigests } from './item-digests.js';
import { idConflict, settle } from './item-outcome.js';

type TakenDeps = Pick<MessagingDeps, 'ledger'>;

/**
 * Settles the messages whose id stands for one already, and gives the others.
 *
 * @param catchUp has the ledger know what became of everything before these: asked for when that matters.
 */
export async function leaveOutTaken(
  items: readonly PendingItem[],
  shared: BatchOptions,
  deps: TakenDeps & { readonly catchUp: () => Promise<void> },
): Promise<readonly PendingItem[]> {
  const chosen = items.filter(({ isChosen }) => isChosen);
  if (chosen.length === 0) return items;
  const taken = new Map<MessageId, TakenId>();
  for (const one of await deps.ledger.outbox.taken(chosen.map(({ id }) => id)))
    taken.set(one.id, one);
  if (taken.size > 0) await deps.catchUp();
  const fresh: PendingItem[] = [];
  for (const item of items) {
    const known = taken.get(item.id);
    if (known === undefined) fresh.push(item);
    else await settleTaken(item, known, shared, deps);
  }
  return fresh;
}

async function settleTaken(
  item: PendingItem,
  { digest, message }: TakenId,
  shared: BatchOptions,
  { ledger }: TakenDeps,
): Promise<void> {
  const rows = await ledger.history.find(message);
  const row = rows.find(({ direction }) => direction === 'out');
  const states = row?.direction === 'out' ? row.deliveries.map(({ state }) => state) : [];
  const isOver = states.every((state) => state === 'cancelled' || state === 'expired');
  if (digest !== new ItemDigests(shared).of(item) || isOver) {
    item.reject(idConflict(item.id, isOver));
    return;
  }
  const state = states.every((one) => one === 'sent') ? 'already-sent' : 'queued';
  settle([item], { batch: message, state });
}
