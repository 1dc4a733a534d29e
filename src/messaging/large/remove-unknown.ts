import type { OutgoingSource } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';

/** What was kept in the spool for a message that the outbox does not have (any more) is of no use. */
export async function removeUnknown(
  { path, spoolKey }: OutgoingSource,
  { ledger, spool }: Pick<MessagingDeps, 'ledger' | 'spool'>,
): Promise<void> {
  if (spoolKey === undefined) return;
  const known = await ledger.outgoing.spooledSources().catch(() => [path]);
  if (!known.includes(path)) await spool.remove(path);
}
