import type { MessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import type { DeliveryKey, OutboxDelivery } from '../ledger/port.js';

/** Whose certificate is another one than when a message was sealed. */
export type Replaced = 'recipient' | 'own';

/** The error for what was sent, and would have to be sealed anew: its author cannot open it any more. */
export function closedToAuthor({ id, recipient }: DeliveryKey, replaced: Replaced): MsgError {
  const why =
    replaced === 'recipient'
      ? `it is sealed to a certificate of ${recipient} that was revoked since`
      : 'your certificate that signed it was replaced or revoked since';
  return notResendable({ id, recipient }, `${why}, and nobody but its recipients can open it`);
}

/** The error for a large payload that cannot be read again. */
export function payloadGone(key: DeliveryKey, reason: string): MsgError {
  return notResendable(key, reason);
}

/** The error for a large payload that has come: with that its author lets go of it. */
export function confirmedBy({ id, recipient }: DeliveryKey): MsgError {
  const why = `${recipient} has confirmed that all of it came, so it is not kept any more`;
  return notResendable({ id, recipient }, why, `see that with "msg receipt show ${id}"`);
}

/** The error for what has run out of time. */
export function expiredSince(id: MessageId, expiresAt: number): MsgError {
  const when = new Date(expiresAt).toISOString();
  return new MsgError('not-resendable', `${id} cannot be sent again: it expired at ${when}`, {
    hint: ANEW,
  });
}

/** The error for a delivery that ended without having been sent. */
export function neverSent(
  id: MessageId,
  { recipient, state, error }: Pick<OutboxDelivery, 'recipient' | 'state' | 'error'>,
): MsgError {
  const why = state === 'failed' && error !== undefined ? `failed (${error})` : state;
  return new MsgError('not-resendable', `${id} was not sent to ${recipient}: it is ${why}`, {
    hint:
      state === 'failed'
        ? `mend the cause, then "msg outbox flush ${id}"`
        : 'send it anew, under another id',
  });
}

/** The error for a message of which only the entry is left. */
export function bytesPruned(id: MessageId): MsgError {
  return new MsgError('not-found', `the outbox has no bytes of ${id} any more: they were pruned`, {
    hint: ANEW,
  });
}

const ANEW =
  'send it anew, under another id; whoever misses this one ends that with "msg message missing --forget ID"';

function notResendable({ id, recipient }: DeliveryKey, why: string, hint = ANEW): MsgError {
  return new MsgError('not-resendable', `${id} cannot be sent to ${recipient} again: ${why}`, {
    hint,
  });
}
