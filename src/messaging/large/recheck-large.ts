import { isAbort, readManifest, type Manifest } from '../../envelope/manifest.js';
import { reopen } from '../../envelope/open.js';
import { MsgError } from '../../errors.js';
import type { ClaimedDelivery, DeliveryKey, OutgoingFile, NewManifest } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { follow } from '../recheck.js';
import { resolveRecipients, type ResolvedRecipient } from '../recipients.js';
import { acceptedSigningKey } from '../self.js';
import { chunkSizeFor } from './chunk-size.js';
import { newManifest, sealManifest } from './compose-large.js';

/** A large payload that may be published now. */
export interface RecheckedFile<T> {
  readonly claimed: T;
  readonly file: OutgoingFile;
  /** Whether its manifest was sealed anew. */
  readonly isAnew: boolean;
}

/**
 * Looks again whether a manifest that was sealed some time ago can still be read and believed, as
 * `recheck` does for what fits one record, and whether the inbox takes its chunks. Sealed anew, or to
 * an inbox that has moved, all of the payload is sent: what came before may have been refused there.
 *
 * @throws MsgError when the recipient, or oneself, cannot be trusted now, or the log cannot be asked;
 *   it waits.
 */
export async function recheckLarge<T extends Pick<ClaimedDelivery, 'row' | 'delivery'>>(
  claimed: T,
  file: OutgoingFile,
  deps: MessagingDeps,
): Promise<RecheckedFile<T>> {
  const key = { id: claimed.row.id, recipient: file.recipient };
  const [resolved] = await resolveRecipients([file.recipient], deps);
  if (resolved === undefined)
    throw new MsgError('bug', `nothing was found out about ${file.recipient}`);
  const followed = await follow(claimed, resolved, deps);
  const anew = await manifestAnew(followed, file, resolved, deps);
  if (anew !== undefined) {
    await deps.ledger.outgoing.reseal(key, anew);
    return { claimed: followed, file: await found(key, deps), isAnew: true };
  }
  if (followed.delivery.topic === claimed.delivery.topic) return { claimed, file, isAnew: false };
  await deps.ledger.outgoing.note(key, { next: 0, partition: undefined, offset: undefined });
  return { claimed: followed, file: await found(key, deps), isAnew: false };
}

/** The manifest to be sent instead of the one that was kept; undefined where that is right. */
async function manifestAnew(
  claimed: Pick<ClaimedDelivery, 'delivery'>,
  { sealed, ownInfo, signer, next }: OutgoingFile,
  recipient: ResolvedRecipient,
  deps: MessagingDeps,
): Promise<NewManifest | undefined> {
  const key = await acceptedSigningKey(deps);
  if (ownInfo === undefined) return undefined;
  const { payload, header } = await reopen({ sealed, ownInfo }, await deps.openingKeys());
  const kept = readManifest(payload, header);
  if (isAbort(kept)) throw new MsgError('bug', 'an abort was kept as a payload');
  const { fingerprint } = recipient.certificate;
  const isToRightKey = header.to.every(({ cert }) => cert === fingerprint);
  // Once anything may have left, its reader waits for those very chunks.
  const hasLeft = next > 0 || claimed.delivery.mayHaveLeftBefore;
  const manifest = hasLeft ? kept : await refit(kept, recipient, deps);
  if (isToRightKey && signer === key.own.certificate.fingerprint && manifest === kept) {
    return undefined;
  }
  const fresh = { ...header, sent: deps.clock() };
  const anew = await sealManifest(manifest, { header: fresh, recipient, key }, deps);
  return { ...anew, count: manifest.count };
}

/** A manifest of smaller chunks, where the inbox takes no others; it was kept without asking. */
async function refit(
  kept: Manifest,
  recipient: ResolvedRecipient,
  deps: MessagingDeps,
): Promise<Manifest> {
  const { size, encoding } = kept;
  const chunkSize = await chunkSizeFor(recipient, { size, encoding }, deps);
  return chunkSize < kept.chunkSize ? newManifest(kept, { chunkSize, encoding }, deps) : kept;
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
