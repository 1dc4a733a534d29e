import type { OutboxRow } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import type { PublishedDelivery } from './publish.js';
import type { SendResult } from './send.js';

/** What became of a send, to be told. */
export interface Attempt {
  readonly row: OutboxRow;
  /** Of the payload, in bytes. */
  readonly size: number;
  readonly sealedSize: number;
  readonly published: readonly PublishedDelivery[];
  readonly isNew: boolean;
  readonly queue: boolean | undefined;
}

/**
 * Says what became of a send; where certainly nothing left, and nobody wants it kept or keeping it is of
 * no use, it is forgotten.
 *
 * @throws the failure, when the message was forgotten, or is never sent to anybody as it is.
 */
export async function settle(attempt: Attempt, deps: MessagingDeps): Promise<SendResult> {
  const { row, size, sealedSize, published, isNew, queue } = attempt;
  const refused = published.find(({ failure }) => failure !== undefined && !mayHaveLeft(failure));
  const nothingLeft = published.every(
    ({ failure }) => failure !== undefined && !mayHaveLeft(failure),
  );
  const isKept = queue === true && !published.every(isTooLarge);
  if (refused?.failure !== undefined && nothingLeft && isNew && !isKept) {
    if (await deps.ledger.outbox.forget(row.id)) throw refused.failure.error;
  }
  const [failed] = published.filter(({ state }) => state === 'failed');
  if (failed?.failure !== undefined && published.every(({ state }) => state === 'failed')) {
    throw failed.failure.error;
  }
  const isSent = published.every(({ state }) => state !== 'queued');
  const wasSentNow = published.some(({ state }) => state === 'sent');
  const state = !isSent ? 'queued' : wasSentNow ? 'sent' : 'already-sent';
  return { id: row.id, state, size, sealedSize, deliveries: published };
}

/** Whether its inbox did not take it in one record. */
export function isTooLarge({ failure }: PublishedDelivery): boolean {
  return failure?.error.code === 'too-large';
}

function mayHaveLeft(failure: NonNullable<PublishedDelivery['failure']>): boolean {
  return failure.outcome === 'unknown';
}
