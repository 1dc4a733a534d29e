import type { MessageId } from '../../domain/message-id.js';
import type { OutboxState } from '../../domain/message-states.js';
import type { PeerName } from '../../domain/peer-name.js';
import { MsgError } from '../../errors.js';
import type { OutboxDelivery } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { findSent } from '../send.js';

/** How it stands with a message that the outbox has not sent to a recipient. */
export interface Unsent {
  readonly state: Exclude<OutboxState, 'sent'>;
  /** Why an attempt to send it failed. */
  readonly error: string | undefined;
  /** Whether it certainly never left, and nothing but an operator sends it. */
  readonly isOver: boolean;
}

const OVER: ReadonlySet<OutboxState> = new Set(['failed', 'expired', 'cancelled']);

/** To whom the outbox has not sent a message; nobody where it does not have it. */
export async function unsentOf(
  id: MessageId,
  deps: MessagingDeps,
): Promise<ReadonlyMap<PeerName, Unsent>> {
  const row = await findSent(id, deps);
  return new Map(row?.deliveries.flatMap(readUnsent));
}

/** What may have left may be answered, whatever became of the attempts after that. */
function readUnsent(delivery: OutboxDelivery): readonly (readonly [PeerName, Unsent])[] {
  const { recipient, state, error, mayHaveLeft } = delivery;
  if (state === 'sent') return [];
  return [[recipient, { state, error, isOver: OVER.has(state) && !mayHaveLeft }]];
}

const ENDED = {
  expired: 'it expired before it could be sent',
  cancelled: 'it was cancelled',
  queued: 'it waits',
  publishing: 'it is under way',
} as const;

/** The error for a message that its recipient does not get any more. */
export function givenUp(
  id: MessageId,
  { peer, state, error }: Omit<Unsent, 'isOver'> & { readonly peer: PeerName },
): MsgError {
  const why = state === 'failed' ? (error ?? 'it failed') : ENDED[state];
  return new MsgError('not-sent', `the outbox gave up sending ${id} to ${peer}: ${why}`, {
    hint:
      state === 'failed'
        ? `mend the cause, then "msg outbox flush ${id}"; or put it away with "msg outbox cancel ${id}"`
        : 'send it anew, under another id',
  });
}
