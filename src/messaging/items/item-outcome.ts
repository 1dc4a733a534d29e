import { newMessageId, type MessageId } from '../../domain/message-id.js';
import { readHeaderItem } from '../../envelope/header-json.js';
import { EnvelopeRefused } from '../../envelope/refused.js';
import { MsgError } from '../../errors.js';
import type { SentDelivery } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { isPassing } from '../passing.js';
import { unsayable } from '../seal-message.js';
import {
  headerItemOf,
  LARGEST_ITEM,
  type BatchedMessage,
  type BatchedResult,
  type BatchOptions,
  type PendingItem,
} from './batch-request.js';

/** The promises of these messages resolve. */
export function settle(
  items: readonly PendingItem[],
  how: Pick<BatchedResult, 'batch' | 'state' | 'failure'>,
): void {
  for (const { id, message, resolve } of items)
    resolve({ id, size: message.payload.length, ...how });
}

/** What the header cannot say of one message is that one's failure, and not its batch's. */
export function unsayableIn(message: BatchedMessage, shared: BatchOptions): MsgError | undefined {
  const { type, cid, name, contentType } = message;
  if ((type ?? cid ?? name ?? contentType) === undefined) return undefined;
  try {
    readHeaderItem(headerItemOf({ id: SOME_ID, message }, shared), 'the message');
    return undefined;
  } catch (error) {
    if (error instanceof EnvelopeRefused) return unsayable(error);
    throw error;
  }
}

const SOME_ID = newMessageId(
  () => 0,
  (length) => new Uint8Array(length),
);

/** The error for an id that stands for something else, or for what was taken back. */
export function idConflict(id: MessageId, isOver: boolean): MsgError {
  const what = isOver ? 'was cancelled, or expired' : 'was used for another message';
  return new MsgError('id-conflict', `the id ${id} ${what}`, {
    hint: `see it with "msg message show ${id}"; leave the id out to send this one under an id of its own`,
  });
}

/** The error for a message that no batch takes, of so many bytes. */
export function tooLarge(length: number): MsgError {
  return new MsgError(
    'too-large',
    `a message of ${length} bytes is too large for a batch, which takes ${LARGEST_ITEM}`,
    { hint: 'send it as a message of its own' },
  );
}

/** What has arrived has arrived, also when the ledger cannot take a note of it now. */
export async function markQuietly(
  sent: readonly SentDelivery[],
  { ledger, warn }: Pick<MessagingDeps, 'ledger' | 'warn'>,
): Promise<void> {
  try {
    await ledger.outbox.markSent(sent);
  } catch (error) {
    if (!isPassing(error)) throw error;
    for (const { id, recipient } of sent) {
      warn(`${id} was sent to ${recipient}, but the ledger could not note it: ${error.message}`);
    }
  }
}
