import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { OutboxDelivery } from './port.js';

/** What is over without having arrived may be put away, too: nothing is lost by that. */
export function isCancellable({ state, mayHaveLeft }: OutboxDelivery): boolean {
  return state === 'failed' || state === 'expired' || (state === 'queued' && !mayHaveLeft);
}

/** The error for a message, or a recipient of it, that the outbox does not have. */
export function notInOutbox(id: MessageId, recipient?: PeerName): MsgError {
  const what = recipient === undefined ? `no message ${id}` : `no message ${id} to ${recipient}`;
  return new MsgError('not-found', `the outbox has ${what}`, {
    hint: 'see what there is with "msg outbox list" and "msg message list --out"',
  });
}
