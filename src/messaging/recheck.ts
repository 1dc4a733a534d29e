import type { Header } from '../envelope/header.js';
import { parseHeader } from '../envelope/header-json.js';
import { reopen } from '../envelope/open.js';
import { MsgError } from '../errors.js';
import type { ClaimedDelivery } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { closedToAuthor, type Replaced } from './not-resendable.js';
import { resolveRecipients, type ResolvedRecipient } from './recipients.js';
import { sealMessage } from './seal-message.js';
import { acceptedSigningKey } from './self.js';

/** What a second look says of a delivery. */
export type Rechecked =
  /** It may be published now, with these bytes: as they were kept, or sealed anew. */
  | { readonly outcome: 'fit' | 'anew'; readonly delivery: ClaimedDelivery }
  /** It would have to be sealed anew, and cannot be: nothing but an operator can help it. */
  | { readonly outcome: 'never'; readonly error: MsgError };

type RecheckDeps = Omit<MessagingDeps, 'transport'>;

/**
 * Looks again whether what was sealed some time ago can still be read and believed: the recipient is
 * trusted now, has its inbox where it was, and neither its certificate nor one's own was replaced or
 * revoked. Where one was, the message is sealed anew under its id, and the ledger has the new bytes
 * before they are published.
 *
 * @throws MsgError as {@link resolveRecipients} for this recipient and as {@link acceptedSigningKey}:
 *   everything to this recipient waits.
 */
export async function recheck(claimed: ClaimedDelivery, deps: RecheckDeps): Promise<Rechecked> {
  const { recipient } = claimed.delivery;
  const [resolved] = await resolveRecipients([recipient], deps);
  if (resolved === undefined) throw new MsgError('bug', `nothing was found out about ${recipient}`);
  const delivery = await follow(claimed, resolved, deps);
  const header = parseHeader(claimed.row.header);
  const replaced = await whichReplaced(header, claimed, resolved, deps);
  if (replaced === undefined || isAnswer(header)) return { outcome: 'fit', delivery };
  if (claimed.ownInfo === undefined) {
    if (replaced === 'former') return { outcome: 'fit', delivery };
    return { outcome: 'never', error: closedToAuthor({ id: header.id, recipient }, replaced) };
  }
  try {
    return { outcome: 'anew', delivery: await sealAnew(header, delivery, deps) };
  } catch (error) {
    if (!(error instanceof MsgError) || error.retryable) throw error;
    return { outcome: 'never', error };
  }
}

/**
 * Looks, and changes nothing, whether what was sent could be published once more: after that its author
 * cannot seal it anew.
 *
 * @returns whether its recipient needs the key of a former certificate to open it.
 * @throws MsgError as {@link recheck}; `not-resendable` where it would have to be sealed anew.
 */
export async function needsFormerKey(
  claimed: Pick<ClaimedDelivery, 'row' | 'delivery' | 'ownInfo'>,
  deps: RecheckDeps,
): Promise<boolean> {
  const { recipient } = claimed.delivery;
  const [resolved] = await resolveRecipients([recipient], deps);
  if (resolved === undefined) throw new MsgError('bug', `nothing was found out about ${recipient}`);
  const header = parseHeader(claimed.row.header);
  const replaced = await whichReplaced(header, claimed, resolved, deps);
  if (replaced === undefined || isAnswer(header) || claimed.ownInfo !== undefined) return false;
  if (replaced === 'former') return true;
  throw closedToAuthor({ id: header.id, recipient }, replaced);
}

/** Receipts and rejections are never sealed anew: whoever needs another one asks again. */
function isAnswer({ kind }: Header): boolean {
  return kind === 'receipt' || kind === 'rejected';
}

/** The inbox may have moved since: the directory says where it is now, and the ledger is told. */
export async function follow<T extends Pick<ClaimedDelivery, 'row' | 'delivery'>>(
  claimed: T,
  { topic }: ResolvedRecipient,
  { ledger }: Pick<RecheckDeps, 'ledger'>,
): Promise<T> {
  const { row, delivery } = claimed;
  if (delivery.topic === topic) return claimed;
  await ledger.outbox.redirect({ id: row.id, recipient: delivery.recipient }, topic);
  return { ...claimed, delivery: { ...delivery, topic } };
}

/** `former` where it was the recipient's alone, which opens with the key of the former one as well. */
async function whichReplaced(
  header: Header,
  { row }: Pick<ClaimedDelivery, 'row'>,
  { peer, certificate, former }: ResolvedRecipient,
  deps: RecheckDeps,
): Promise<Replaced | 'former' | undefined> {
  const sealedTo = header.to.find((one) => one.peer === peer)?.cert;
  const { own } = await acceptedSigningKey(deps);
  if (row.signer !== own.certificate.fingerprint) return 'own';
  if (sealedTo === certificate.fingerprint) return undefined;
  return former.some((one) => one === sealedTo) ? 'former' : 'recipient';
}

/** Same id, payload and options, and so the same message to its reader (docs/wire-format.md). */
async function sealAnew(
  header: Header,
  claimed: ClaimedDelivery,
  deps: RecheckDeps,
): Promise<ClaimedDelivery> {
  const { row, sealed, ownInfo } = claimed;
  if (ownInfo === undefined) throw new MsgError('bug', `nobody kept a key for ${row.id}`);
  const recipients = await resolveRecipients(
    header.to.map(({ peer }) => peer),
    deps,
  );
  const { payload } = await reopen({ sealed, ownInfo }, await deps.openingKeys());
  const certificates = new Map(recipients.map(({ peer, certificate }) => [peer, certificate]));
  const to = header.to.map((one) => ({
    ...one,
    cert: certificates.get(one.peer)?.fingerprint ?? one.cert,
  }));
  const key = await acceptedSigningKey(deps);
  const anew = await sealMessage(
    { header: { ...header, to, sent: deps.clock() }, payload, recipients, key },
    deps,
  );
  await deps.ledger.outbox.reseal(row.id, { ...anew, header: JSON.stringify(anew.header) });
  return { ...claimed, sealed: anew.sealed, ownInfo: anew.ownInfo };
}
