import { newMessageId } from '../../domain/message-id.js';
import { parseHeader } from '../../envelope/header-json.js';
import { writeAbort } from '../../envelope/manifest.js';
import type { MessagingDeps } from '../deps.js';
import { leaseFor, publishBegun } from '../publish.js';
import { resolveRecipients } from '../recipients.js';
import { sealMessage } from '../seal-message.js';
import { acceptedSigningKey } from '../self.js';
import type { PublishableFile } from './publish-file.js';

/** How much of a reason is told. */
const LONGEST = 300;

/**
 * Gives up a payload that cannot be sent as it was announced. Where its manifest may have left, a
 * message takes that back, so that the recipient need not wait: now, or when the outbox is emptied.
 */
export async function abortFile(
  large: PublishableFile,
  { reason, mayHaveLeft }: { readonly reason: string; readonly mayHaveLeft: boolean },
  deps: MessagingDeps,
): Promise<void> {
  const { delivery } = large.claimed;
  const { outbox } = deps.ledger;
  // An earlier attempt that was cut short may have announced it without a note.
  const isAnnounced = mayHaveLeft || delivery.mayHaveLeftBefore;
  const message = isAnnounced ? await abortMessage(large, reason, deps) : undefined;
  const kept = message && (await outbox.enqueue(message, { begin: leaseFor(deps) }));
  await noteEnd(large, { reason, isAnnounced }, deps);
  if (message !== undefined && kept?.outcome === 'kept') {
    await publishBegun(kept.row, message.sealed, deps);
  }
}

/** What was sent as a whole stays sent, though it cannot be sent once more; anything else has failed. */
async function noteEnd(
  { claimed: { row, delivery }, file }: PublishableFile,
  { reason: error, isAnnounced }: { readonly reason: string; readonly isAnnounced: boolean },
  { ledger }: MessagingDeps,
): Promise<void> {
  const key = { id: row.id, recipient: delivery.recipient };
  const { partition, offset } = delivery;
  if (file.rounds > 0 && partition !== undefined) {
    await ledger.outbox.markSent([{ ...key, partition, offset }]);
    return;
  }
  await ledger.outbox.markFailed({ ...key, error, outcome: isAnnounced ? 'unknown' : 'not-sent' });
  await ledger.outgoing.discard(row.id);
}

async function abortMessage(
  { claimed: { row, delivery }, manifest }: PublishableFile,
  reason: string,
  deps: MessagingDeps,
) {
  const recipients = await resolveRecipients([delivery.recipient], deps);
  const { cid, expires } = parseHeader(row.header);
  const header = {
    v: 1,
    id: newMessageId(deps.clock, deps.random),
    kind: 'manifest',
    from: deps.self,
    to: recipients.map(({ peer, certificate }) => ({ peer, cert: certificate.fingerprint })),
    sent: deps.clock(),
    contentType: 'application/json',
    size: 0,
    ...(cid === undefined ? {} : { cid }),
    ...(expires === undefined ? {} : { expires }),
  } as const;
  const payload = writeAbort({ fileId: manifest.fileId, aborted: reason.slice(0, LONGEST) });
  const key = await acceptedSigningKey(deps);
  const sealed = await sealMessage({ header, payload, recipients, key }, deps);
  return {
    ...{ id: header.id, digest: header.id, kind: header.kind, header: JSON.stringify(header) },
    ...{ type: undefined, correlationId: cid, expiresAt: expires },
    ...{ sealed: sealed.sealed, ownInfo: sealed.ownInfo, signer: sealed.signer },
    deliveries: recipients.map(({ peer, topic }) => ({ recipient: peer, topic })),
  };
}
