import { newMessageId, type MessageId } from '../../domain/message-id.js';
import { cutItems } from '../../envelope/batch.js';
import type { Header, HeaderItem } from '../../envelope/header.js';
import type { Draft } from '../../envelope/header-fields.js';
import { parseHeader } from '../../envelope/header-json.js';
import { reopen } from '../../envelope/open.js';
import type { BatchPart, ClaimedDelivery } from '../../ledger/port.js';
import { decode } from '../encoding.js';
import type { MessagingDeps, SigningKey } from '../deps.js';
import { deliveriesOf } from '../predecessors.js';
import { resolveRecipients, type ResolvedRecipient } from '../recipients.js';
import { sealMessage } from '../seal-message.js';
import { acceptedSigningKey } from '../self.js';
import { pack } from '../send.js';

/** A message of the batch. */
interface Item {
  readonly entry: HeaderItem;
  readonly payload: Uint8Array;
}

/** Whether a batch goes in parts now. */
export type Splitting = 'done' | 'waits' | 'never';

/** What the parts of a batch have in common. */
interface Whole {
  readonly header: Header;
  readonly recipient: ResolvedRecipient;
  readonly key: SigningKey;
  /** The largest record that the inbox takes, in bytes. */
  readonly largest: number;
  /** Whether the first part keeps the id. */
  readonly keepsId: boolean;
}

/**
 * Cuts up a batch that its inbox did not take in one record: it was kept when nobody could tell what that
 * takes. Its messages keep their ids and their order, and their place before what was kept after them; one that
 * is too large by itself ends as a part of its own. Should the whole have left before after all, its messages are
 * duplicates to whoever has them.
 *
 * @returns `never` where it is no batch of several; `waits` where another process has it in hand by now.
 * @throws MsgError as `resolveRecipients` and `acceptedSigningKey`, or when the log cannot be asked.
 */
export async function splitBatch(
  claimed: ClaimedDelivery,
  deps: MessagingDeps,
): Promise<Splitting> {
  const { row, delivery, sealed, ownInfo } = claimed;
  const header = parseHeader(row.header);
  const { items = [] } = header;
  if (items.length < 2 || ownInfo === undefined) return 'never';
  const [recipient] = await resolveRecipients([delivery.recipient], deps);
  if (recipient === undefined) return 'waits';
  const [key, { largestValue: largest }] = await Promise.all([
    acceptedSigningKey(deps),
    deps.transport.limits(delivery.topic),
  ]);
  const opened = await reopen({ sealed, ownInfo }, await deps.openingKeys());
  const payload = await decode(opened.payload, header.size, header.encoding);
  const cut = cutItems(header, payload).flatMap((one, place) => {
    const entry = items[place];
    return entry === undefined ? [] : [{ entry, payload: one.payload }];
  });
  // An earlier attempt may have had it published beside others, of which nobody knows which ones were taken.
  const keepsId = !delivery.mayHaveLeftBefore;
  const whole = { header, recipient, key, largest, keepsId };
  const parts: BatchPart[] = [];
  await halve(cut, whole, { parts, deps });
  return (await deps.ledger.outbox.split(header.id, parts)) ? 'done' : 'waits';
}

interface Cutting {
  readonly parts: BatchPart[];
  readonly deps: MessagingDeps;
}

/** The log refused these together, whatever it says that it takes. */
async function halve(items: readonly Item[], whole: Whole, cutting: Cutting): Promise<void> {
  const middle = Math.ceil(items.length / 2);
  await cutUp(items.slice(0, middle), whole, cutting);
  await cutUp(items.slice(middle), whole, cutting);
}

/** Each part follows the one before it. */
async function cutUp(items: readonly Item[], whole: Whole, cutting: Cutting): Promise<void> {
  const { parts, deps } = cutting;
  const part = await seal(items, whole, { after: parts.at(-1)?.id, deps });
  if (part.sealed.length <= whole.largest || items.length === 1) parts.push(part);
  else await halve(items, whole, cutting);
}

async function seal(
  items: readonly Item[],
  { header: former, recipient, key, keepsId }: Whole,
  { after, deps }: { readonly after: MessageId | undefined; readonly deps: MessagingDeps },
): Promise<BatchPart> {
  const whole = Buffer.concat(items.map(({ payload }) => payload));
  const { payload, encoding } = await pack({ payload: whole, encoding: former.encoding });
  const id = keepsId && after === undefined ? former.id : newMessageId(deps.clock, deps.random);
  const facts = { id, items, size: whole.length, encoding, after, recipient };
  const header = partHeader(former, facts, deps);
  const sealing = { header, payload, recipients: [recipient], key };
  const { sealed, ownInfo, signer, original } = await sealMessage(sealing, deps);
  return {
    ...{ id: header.id, header: JSON.stringify(header), sealed, ownInfo, signer, original },
    ...{ expiresAt: header.expires, deliveries: deliveriesOf(header, [recipient]) },
    items: items.map(({ entry }) => entry.id),
  };
}

interface PartFacts {
  readonly id: MessageId;
  readonly items: readonly Item[];
  /** In bytes, before any encoding. */
  readonly size: number;
  readonly encoding: Header['encoding'] | undefined;
  /** The part before it; none for the first, which names what the batch did. */
  readonly after: MessageId | undefined;
  readonly recipient: ResolvedRecipient;
}

function partHeader(
  former: Header,
  { id, items, size, encoding, after, recipient: { peer, certificate } }: PartFacts,
  { clock }: Pick<MessagingDeps, 'clock'>,
): Header {
  const addressed = former.to.find((one) => one.peer === peer);
  const cert = certificate.fingerprint;
  const header: Draft<Header> = {
    ...former,
    id,
    to: [after === undefined ? { ...addressed, peer, cert } : { peer, cert, after: [after] }],
    ...{ sent: clock(), size, items: items.map(({ entry }) => entry) },
  };
  if (encoding === undefined) delete header.encoding;
  else header.encoding = encoding;
  return header;
}
