import { MsgError } from '../../errors.js';
import type { OutboxDelivery, OutboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { asItStands } from '../publish-again.js';
import { leaseFor, noteFailure, type PublishedDelivery } from '../publish.js';
import type { OnSent } from './publish-file.js';
import { publishLarge } from './publish-large.js';
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
    const checked = await recheckLarge({ row, delivery }, file, deps);
    return await publishLarge(checked.claimed, checked.file, deps, onSent);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code === 'file-changed') throw error;
    const [queued] = await noteFailure([{ row, delivery }], { outcome: 'not-sent', error }, deps);
    return queued ?? asItStands(delivery);
  }
}
