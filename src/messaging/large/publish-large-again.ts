import { MsgError } from '../../errors.js';
import type { OutboxDelivery, OutboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { asItStands } from '../publish-again.js';
import { leaseFor, noteFailure, type PublishedDelivery } from '../publish.js';
import { findSent } from '../send.js';
import type { OnSent } from './publish-file.js';
import { publishLarge, type LargeDelivery } from './publish-large.js';
import { recheckLarge } from './recheck-large.js';

/**
 * Publishes what one recipient has not got of a large payload, after a second look at its certificate
 * and one's own.
 *
 * @throws SourceChanged
 */
export async function publishLargeAgain(
  row: OutboxRow,
  delivery: OutboxDelivery,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<PublishedDelivery> {
  const key = { id: row.id, recipient: delivery.recipient };
  if (!(await deps.ledger.outbox.beginPublish(key, leaseFor(deps)))) return asItStands(delivery);
  const file = await deps.ledger.outgoing.find(key);
  if (file === undefined) throw new MsgError('bug', `the outbox lost the payload of ${row.id}`);
  try {
    const claimed = await asBegun(row, delivery, deps);
    const checked = await recheckLarge(claimed, file, deps);
    return await publishLarge(checked.claimed, checked.file, deps, onSent);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code === 'file-changed') throw error;
    const [queued] = await noteFailure([{ row, delivery }], { outcome: 'not-sent', error }, deps);
    return queued ?? asItStands(delivery);
  }
}

/** The delivery as the ledger has it now: another process may have been at it before. */
async function asBegun(
  row: OutboxRow,
  { recipient }: OutboxDelivery,
  deps: MessagingDeps,
): Promise<LargeDelivery> {
  const current = await findSent(row.id, deps);
  const delivery = current?.deliveries.find((one) => one.recipient === recipient);
  if (current === undefined || delivery === undefined) {
    throw new MsgError('bug', `the outbox lost ${row.id} to ${recipient}`);
  }
  return { row: current, delivery };
}
