import type { IncomingMessage, RefusedRecord } from './port.js';

/** A message that may be one whose id was pruned. */
export function belowFloor({ source, sender, id, sealed }: IncomingMessage): RefusedRecord {
  return {
    source,
    claimedSender: sender,
    claimedId: id,
    proven: true,
    reason: 'before-floor',
    detail: `it was sealed before messages of ${sender} that were pruned, and may be one of them`,
    sealed,
  };
}

/** A second message under the id of another one. */
export function conflicting({
  source,
  sender,
  id,
  digest,
  sealed,
}: IncomingMessage): RefusedRecord {
  return {
    source,
    claimedSender: sender,
    claimedId: id,
    proven: true,
    reason: 'id-conflict',
    detail: `${sender} used the id ${id} before for other content; this one has digest ${digest}`,
    sealed,
  };
}
