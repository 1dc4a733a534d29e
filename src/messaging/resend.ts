import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { codeOf } from '../files/durable-file.js';
import type { ClaimedDelivery, OutboxDelivery, OutboxRow } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import type { OnSent } from './large/publish-file.js';
import { openSource, SourceChanged } from './large/source.js';
import {
  bytesPruned,
  confirmedBy,
  expiredSince,
  neverSent,
  payloadGone,
} from './not-resendable.js';
import { publishAgain } from './publish-again.js';
import type { PublishedDelivery } from './publish.js';
import { needsFormerKey } from './recheck.js';
import { findSent } from './send.js';

/** A message that is to be published once more. */
export interface ResendRequest {
  /** Its own, or that of a message that went in a batch: all of that is published then. */
  readonly id: MessageId;
  /** Only to these of its recipients. */
  readonly to?: readonly PeerName[] | undefined;
}

/** What will be published once more, and what not. */
export interface ResendPlan {
  /** The message that went out: itself, or the batch that it went in. */
  readonly row: OutboxRow;
  /** To whom it was sent, and will be once more. */
  readonly again: readonly OutboxDelivery[];
  /** Who of them has another certificate now, and needs the key of the former one to open it. */
  readonly former: readonly PeerName[];
  /** Those who have not been sent it: what waits does so in its lane, and what is over stays so. */
  readonly left: readonly OutboxDelivery[];
}

/**
 * Looks what of a message can be published once more, as the very bytes that were sent; nothing is
 * changed by that.
 *
 * @throws MsgError `not-found` for a message, bytes or a recipient that the outbox does not have,
 *   `not-resendable` for what has expired, was never sent, or cannot be sent as it is, and as `recheck`.
 */
export async function planResend(request: ResendRequest, deps: MessagingDeps): Promise<ResendPlan> {
  await deps.ledger.outbox.releaseAbandoned(deps.isGone);
  const row = await whatWentOut(request.id, deps);
  const chosen = chosenOf(row, request.to);
  const again = chosen.filter(({ state }) => state === 'sent');
  const plan = { row, again, left: chosen.filter(({ state }) => state !== 'sent') };
  refuseOver(plan, request);
  return { ...plan, former: again.length > 0 ? await refuseUnfit(plan, deps) : [] };
}

/** Puts it back into the queue: from here on the next flush publishes what is not published before. */
export async function queueAgain(
  { row: { id }, again }: ResendPlan,
  { ledger }: Pick<MessagingDeps, 'ledger'>,
): Promise<void> {
  await ledger.outbox.resend(
    id,
    again.map(({ recipient }) => recipient),
  );
}

/**
 * Publishes what was put back into the queue, as far as nobody else has done so.
 *
 * @throws SourceChanged when a large payload changes meanwhile: its recipients are told.
 */
export async function publishQueued(
  { row: { id }, again }: ResendPlan,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<readonly PublishedDelivery[]> {
  const recipients = again.map(({ recipient }) => recipient);
  const row = await whatWentOut(id, deps);
  const kept = await deps.ledger.outbox.kept(id);
  if (kept === undefined) throw bytesPruned(id);
  const deliveries = row.deliveries.filter(({ recipient }) => recipients.includes(recipient));
  return publishAgain({ ...row, deliveries }, kept, deps, onSent);
}

async function whatWentOut(id: MessageId, deps: MessagingDeps): Promise<OutboxRow> {
  const found = await findSent(id, deps);
  const row = found?.item === undefined ? found : await findSent(found.item.batch, deps);
  if (row !== undefined) return row;
  throw new MsgError('not-found', `the outbox has no message ${id}`, {
    hint: 'see what was sent with "msg message list --out"; what was pruned can only be sent anew, under another id',
  });
}

function chosenOf(
  { id, deliveries }: OutboxRow,
  to: readonly PeerName[] | undefined,
): readonly OutboxDelivery[] {
  const stranger = to?.find((peer) => deliveries.every(({ recipient }) => recipient !== peer));
  if (stranger === undefined) {
    return deliveries.filter(({ recipient }) => to?.includes(recipient) ?? true);
  }
  throw new MsgError('not-found', `the message ${id} does not go to ${stranger}`, {
    hint: `see to whom it goes with "msg message show ${id}"`,
  });
}

/** What is over for one recipient is in nobody's way, unless it was asked for. */
function refuseOver({ row, again, left }: Omit<ResendPlan, 'former'>, { to }: ResendRequest): void {
  const over = left.filter(({ state }) => state !== 'queued' && state !== 'publishing');
  const [first] = over;
  const isAll = over.length === left.length && again.length === 0;
  if (first !== undefined && (isAll || to !== undefined)) throw neverSent(row.id, first);
}

/** Gives those who need a former key to open it. */
async function refuseUnfit(
  { row, again }: Omit<ResendPlan, 'former'>,
  deps: MessagingDeps,
): Promise<readonly PeerName[]> {
  const { id, expiresAt } = row;
  if (expiresAt !== undefined && expiresAt <= deps.clock()) throw expiredSince(id, expiresAt);
  const kept = await deps.ledger.outbox.kept(id);
  if (kept === undefined) throw bytesPruned(id);
  const former: PeerName[] = [];
  for (const delivery of again) {
    const ownInfo = delivery.inChunks ? await readable({ row, delivery }, deps) : kept.ownInfo;
    if (await needsFormerKey({ row, delivery, ownInfo }, deps)) former.push(delivery.recipient);
  }
  return former;
}

/** What the author opens a manifest with, where its payload is still what it was. */
async function readable(
  { row: { id }, delivery: { recipient } }: Pick<ClaimedDelivery, 'row' | 'delivery'>,
  { ledger, spool }: MessagingDeps,
): Promise<Uint8Array> {
  const key = { id, recipient };
  const file = await ledger.outgoing.find(key);
  if (file?.confirmedAt !== undefined) throw confirmedBy(key);
  if (file?.ownInfo === undefined) throw payloadGone(key, 'its payload is not kept any more');
  try {
    await (await openSource(file.source, spool)).close();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof SourceChanged) throw payloadGone(key, error.reason);
    if (code === undefined || error instanceof MsgError) throw error;
    throw payloadGone(key, `its payload cannot be read (${code})`);
  }
  return file.ownInfo;
}
