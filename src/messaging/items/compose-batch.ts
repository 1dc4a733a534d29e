import { newMessageId, type MessageId } from '../../domain/message-id.js';
import type { Header } from '../../envelope/header.js';
import type { OutgoingItem, OutgoingMessage } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { addressed, deliveriesOf } from '../predecessors.js';
import type { ResolvedRecipient } from '../recipients.js';
import { sealMessage } from '../seal-message.js';
import { acceptedSigningKey } from '../self.js';
import { pack } from '../send.js';
import type { BatchOptions, Load, PendingItem } from './batch-request.js';
import { ItemDigests } from './item-digests.js';

/** A batch as the outbox keeps it. */
export type OutgoingBatch = OutgoingMessage & { readonly items: readonly OutgoingItem[] };

/**
 * Seals messages in one envelope.
 *
 * @throws MsgError `usage` for what no header can say, `peer-certificate`, `certificate-own`.
 */
export async function composeBatch(
  load: Load,
  shared: BatchOptions,
  recipient: ResolvedRecipient,
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<OutgoingBatch> {
  const { items, id = newMessageId(deps.clock, deps.random) } = load;
  const key = await acceptedSigningKey(deps);
  const whole = Buffer.concat(items.map(({ message }) => message.payload));
  const { payload, encoding } = await pack({ payload: whole, encoding: shared.encoding });
  const to = await addressed([recipient], id, deps);
  const header = headerOf(items, { ...shared, id, encoding, size: whole.length, to }, deps);
  const sealing = { header, payload, recipients: [recipient], key };
  const { sealed, ownInfo, signer, original } = await sealMessage(sealing, deps);
  const digests = new ItemDigests(shared);
  const outgoing = items.map((item) => outgoingItem(item, digests));
  return {
    ...{ id: header.id, digest: outgoing[0]?.digest ?? '', kind: 'batch', type: shared.type },
    ...{ correlationId: shared.cid, header: JSON.stringify(header), expiresAt: header.expires },
    ...{ sealed, ownInfo, signer, originals: original === undefined ? [] : [original] },
    deliveries: deliveriesOf(header, [recipient]),
    items: outgoing,
  };
}

interface Facts extends Omit<BatchOptions, 'encoding' | 'to'> {
  readonly id: MessageId;
  readonly encoding: BatchOptions['encoding'] | undefined;
  readonly size: number;
  readonly to: Header['to'];
}

function headerOf(
  items: readonly PendingItem[],
  facts: Facts,
  deps: Pick<MessagingDeps, 'self' | 'clock'>,
): Header {
  const { id, type, cid, contentType, expiresIn, encoding, receipt, size, to } = facts;
  const sent = deps.clock();
  return {
    ...{ v: 1, id, kind: 'batch', from: deps.self },
    ...{ to, sent },
    ...(expiresIn === undefined ? {} : { expires: sent + expiresIn }),
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { cid }),
    ...{ contentType, size },
    ...(encoding === undefined ? {} : { encoding }),
    ...(receipt === undefined ? {} : { receipt }),
    items: items.map(({ entry }) => entry),
  };
}

function outgoingItem(item: PendingItem, digests: ItemDigests): OutgoingItem {
  const { id, isChosen, entry } = item;
  return { id, isChosen, digest: digests.of(item), type: entry.type, correlationId: entry.cid };
}
