import { reopen } from '../../envelope/open.js';
import { MsgError } from '../../errors.js';
import type { ClaimedDelivery, DeliveryKey, OutgoingFile } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { follow } from '../recheck.js';
import { resolveRecipients, type ResolvedRecipient } from '../recipients.js';
import { sealMessage } from '../seal-message.js';
import { acceptedSigningKey } from '../self.js';

/** A large payload that may be published now. */
export interface RecheckedFile<T> {
  readonly claimed: T;
  readonly file: OutgoingFile;
  /** Whether its manifest was sealed anew. */
  readonly isAnew: boolean;
}

/**
 * Looks again whether a manifest that was sealed some time ago can still be read and believed, as
 * `recheck` does for what fits one record. Sealed anew, or to an inbox that has moved, all of the
 * payload is sent: what came before may have been refused there.
 *
 * @throws MsgError when the recipient, or oneself, cannot be trusted now; it waits.
 */
export async function recheckLarge<T extends Pick<ClaimedDelivery, 'row' | 'delivery'>>(
  claimed: T,
  file: OutgoingFile,
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<RecheckedFile<T>> {
  const key = { id: claimed.row.id, recipient: file.recipient };
  const [resolved] = await resolveRecipients([file.recipient], deps);
  if (resolved === undefined)
    throw new MsgError('bug', `nothing was found out about ${file.recipient}`);
  const followed = await follow(claimed, resolved, deps);
  const anew = await sealAnewIfNeeded(key, file, resolved, deps);
  if (anew) return { claimed: followed, file: await found(key, deps), isAnew: true };
  if (followed.delivery.topic === claimed.delivery.topic) return { claimed, file, isAnew: false };
  await deps.ledger.outgoing.note(key, { next: 0, partition: undefined, offset: undefined });
  return { claimed: followed, file: await found(key, deps), isAnew: false };
}

async function sealAnewIfNeeded(
  delivery: DeliveryKey,
  { sealed, ownInfo, signer }: OutgoingFile,
  recipient: ResolvedRecipient,
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<boolean> {
  const key = await acceptedSigningKey(deps);
  if (ownInfo === undefined) return false;
  const { payload, header } = await reopen({ sealed, ownInfo }, await deps.openingKeys());
  const { fingerprint } = recipient.certificate;
  const isToRightKey = header.to.every(({ cert }) => cert === fingerprint);
  if (isToRightKey && signer === key.own.certificate.fingerprint) return false;
  const to = header.to.map((one) => ({ ...one, cert: fingerprint }));
  const fresh = { ...header, to, sent: deps.clock() };
  const anew = await sealMessage({ header: fresh, payload, recipients: [recipient], key }, deps);
  await deps.ledger.outgoing.reseal(delivery, anew);
  return true;
}

async function found(
  delivery: DeliveryKey,
  { ledger }: Pick<MessagingDeps, 'ledger'>,
): Promise<OutgoingFile> {
  const file = await ledger.outgoing.find(delivery);
  if (file !== undefined) return file;
  throw new MsgError('not-found', `the payload of ${delivery.id} is no longer kept`, {
    hint: 'send it anew, under another id',
  });
}
