import { checkpoint } from '../../domain/checkpoint.js';
import { newMessageId } from '../../domain/message-id.js';
import { MsgError } from '../../errors.js';
import type { OutboxDelivery, OutboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { publishAgain } from '../publish-again.js';
import { leaseFor, type PublishedDelivery } from '../publish.js';
import { resolveRecipients } from '../recipients.js';
import { requestDigest, type AnySendRequest } from '../send-request.js';
import { findSent, reachOut, refuseOther, type SendResult } from '../send.js';
import { settle } from '../settle-send.js';
import { removeStrays } from '../spool-upkeep.js';
import { composeLarge } from './compose-large.js';
import { keepPayload, lookThrough, type LookedThrough } from './payload-source.js';
import type { OnSent } from './publish-file.js';
import { publishLarge } from './publish-large.js';
import { publishLargeAgain } from './publish-large-again.js';
import { removeUnknown } from './remove-unknown.js';
import { whileLeased } from './while-leased.js';

/**
 * Sends what does not fit one record: looks through it first, then publishes a manifest and chunks to
 * each recipient. An id that was used before goes on where an earlier attempt had come to, if the
 * payload is the same.
 *
 * @throws SourceChanged, and as `send`.
 */
export async function sendLarge(request: AnySendRequest, deps: MessagingDeps): Promise<SendResult> {
  const known = request.id === undefined ? undefined : await findSent(request.id, deps);
  if (known !== undefined) return resume(known, await lookThrough(request), request, deps);
  const recipients = await resolveRecipients(request.to, deps);
  reachOut(recipients, deps);
  const id = request.id ?? newMessageId(deps.clock, deps.random);
  // Where nobody listens nothing else looks after what a killed send has left.
  if (!isOwnFile(request)) await removeStrays(deps);
  const source = await keepPayload(id, request, deps);
  checkpoint('send:spooled');
  try {
    const message = await composeLarge({ ...request, id }, { source, recipients }, deps);
    const kept = await deps.ledger.outbox.enqueue(message, { begin: leaseFor(deps) });
    if (kept.outcome !== 'kept') return await resume(kept.row, source, request, deps);
    checkpoint('send:kept');
    const published = await publishEach(kept.row, request, deps, (delivery, onSent) =>
      publishNew(kept.row, delivery, deps, onSent),
    );
    const sizes = { size: source.size, sealedSize: message.sealed.length };
    const attempt = { ...sizes, row: kept.row, published, isNew: true, queue: request.queue };
    return await settle(attempt, deps);
  } finally {
    await removeUnknown(source, deps);
  }
}

function isOwnFile({ payload }: AnySendRequest): boolean {
  return !(payload instanceof Uint8Array) && 'file' in payload;
}

/** The id stands for something: the same payload goes on, any other is refused. */
async function resume(
  row: OutboxRow,
  source: LookedThrough,
  request: AnySendRequest,
  deps: MessagingDeps,
): Promise<SendResult> {
  refuseOther(row, requestDigest(request, source.sha256));
  const { outbox, outgoing } = deps.ledger;
  await outbox.releaseAbandoned(deps.isGone);
  // The user's own file may have been moved, or written anew with the same content.
  if (source.own !== undefined) await outgoing.relocate(row.id, source.own);
  const kept = await outbox.kept(row.id);
  // What was kept for one record, as it is held in memory, may come as a file or a stream now.
  const published =
    row.kind !== 'manifest' && kept !== undefined
      ? await publishAgain(row, kept, deps)
      : await publishEach(row, request, deps, (delivery, onSent) =>
          publishLargeAgain(row, delivery, deps, onSent),
        );
  const sizes = { size: source.size, sealedSize: kept?.sealed.length ?? 0 };
  return settle({ ...sizes, row, published, isNew: false, queue: request.queue }, deps);
}

async function publishNew(
  row: OutboxRow,
  delivery: OutboxDelivery,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<PublishedDelivery> {
  const file = await deps.ledger.outgoing.find({ id: row.id, recipient: delivery.recipient });
  if (file === undefined) throw new MsgError('bug', `the outbox lost the payload of ${row.id}`);
  return publishLarge({ row, delivery }, file, deps, onSent);
}

/** Publishes to everyone at the same time; one that fails does not keep the others back. */
async function publishEach(
  row: OutboxRow,
  { onProgress }: AnySendRequest,
  deps: MessagingDeps,
  publish: (delivery: OutboxDelivery, onSent: OnSent) => Promise<PublishedDelivery>,
): Promise<readonly PublishedDelivery[]> {
  const onSent: OnSent = (peer, bytes, total) => {
    onProgress?.({ kind: 'sent', id: row.id, peer, bytes, total });
  };
  const outcomes = await whileLeased(deps, () =>
    Promise.allSettled(row.deliveries.map((delivery) => publish(delivery, onSent))),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
