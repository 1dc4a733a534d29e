import type { QuarantineRow } from '../ledger/port.js';
import type { StoredRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { inspectRecord } from './inspect.js';
import { withAnswer } from './receipts/give.js';
import { UNJUDGED } from './unjudged.js';

/**
 * What became of a quarantined record that was tried anew:
 *
 * - `requeued`: verified before; it is back in its sender's lane
 * - `accepted`: verified now; it is in its sender's lane
 * - `begun`: verified now; its chunks are waited for, if they come (again)
 * - `receipt`: verified now; a receipt or rejection of what was sent, and kept as such
 * - `duplicate`: verified now, and known already from another record
 * - `conflict`, `refused`: stays, with the reason as it is now
 * - `expired`: stays, since it must not be delivered any more
 * - `incomplete`: stays, since only its beginning was kept
 * - `resolved`: was not in quarantine any more
 */
export type RetryOutcome =
  | 'requeued'
  | 'accepted'
  | 'begun'
  | 'receipt'
  | 'duplicate'
  | 'conflict'
  | 'refused'
  | 'expired'
  | 'incomplete'
  | 'resolved';

type RetryDeps = Omit<MessagingDeps, 'transport'>;

/**
 * Judges a quarantined record again and gives it to the lanes if it passes now; whoever listens
 * delivers it. What was delivered before never is again.
 *
 * @throws MsgError retryable when the directory cannot be asked; the record stays as it is.
 */
export async function retryQuarantined(row: QuarantineRow, deps: RetryDeps): Promise<RetryOutcome> {
  const { quarantine } = deps.ledger;
  if (row.message !== undefined) {
    if (row.reason === 'expired') return 'expired';
    return (await quarantine.requeue(row.number)) ? 'requeued' : 'resolved';
  }
  const kept = await quarantine.sealed(row.number);
  if (kept?.isWhole !== true) return kept === undefined ? 'resolved' : 'incomplete';
  const receivedAt = row.reason === UNJUDGED ? row.quarantinedAt : deps.clock();
  const stored = storedOf(row, kept.bytes);
  const inspected = await inspectRecord(stored, row.source, deps, receivedAt);
  const outcome = await quarantine.readmit(row.number, await withAnswer(inspected, deps));
  switch (outcome) {
    case 'new':
      return 'accepted';
    case 'dropped':
    case 'progress':
    case 'stale':
    case 'orphan':
    case 'unjudged':
      return 'resolved';
    default:
      return outcome;
  }
}

/** The record as the log had it, as far as its judgement needs it. */
function storedOf({ source, claimedSender, claimedId }: QuarantineRow, value: Uint8Array) {
  const { topic, partition, offset, appendedAt } = source;
  const headers = {
    ...(claimedSender === undefined ? {} : { 'msg-from': claimedSender }),
    ...(claimedId === undefined ? {} : { 'msg-id': claimedId }),
  };
  const place = { topic, partition, offset, appendedAt };
  return { ...place, key: claimedSender, value, headers } satisfies StoredRecord;
}
