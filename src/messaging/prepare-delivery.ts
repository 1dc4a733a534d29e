import type { PeerName } from '../domain/peer-name.js';
import type { Header } from '../envelope/header.js';
import { parseHeader } from '../envelope/header-json.js';
import type { Opened, OwnKey } from '../envelope/types.js';
import type { Delivery, ItemPlace } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';
import { MessageRefused } from './message-refused.js';
import type { OpenedCache } from './opened-cache.js';
import { memoryPayload, type Payload } from './payload.js';
import {
  contentOf,
  deliveredHeader,
  openAccepted,
  payloadIn,
  spooledPayload,
} from './payload-of.js';
import { LaneLost, type IncomingDelivery } from './sink.js';

type PrepareDeps = Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'clock' | 'spool'>;

/**
 * Makes a claimed message ready for the sink.
 *
 * @throws MessageRefused when it expired while it waited, or the spool has lost its payload;
 *   EnvelopeRefused when it cannot be opened any more; KeysUnusable.
 */
export async function prepareDelivery(
  claimed: Delivery,
  deps: PrepareDeps,
  { owner, cache }: { readonly owner: string; readonly cache: OpenedCache },
): Promise<IncomingDelivery> {
  const { number, signer, source, receivedAt, sinkNote, attempts } = claimed;
  const header = parseHeader(claimed.header);
  refuseExpired(header.expires, deps.clock());
  return {
    ...{ number, signer, source, receivedAt, sinkNote, replay: false },
    header: deliveredHeader(header),
    payload: await payloadOf(claimed, header, deps, cache),
    attempt: attempts,
    redelivered: attempts > 1,
    async note(text) {
      if (!(await deps.ledger.lanes.note(owner, number, text))) throw new LaneLost();
    },
  };
}

/** It may have waited here for long, so this is judged when it would be delivered. */
function refuseExpired(expires: number | undefined, now: number): void {
  if (expires === undefined || expires > now) return;
  throw new MessageRefused('expired', `it expired on ${new Date(expires).toISOString()}`);
}

async function payloadOf(
  claimed: Delivery,
  header: Header,
  deps: PrepareDeps,
  cache: OpenedCache,
): Promise<Payload> {
  if (claimed.item !== undefined) return itemPayload(claimed, claimed.item, deps, cache);
  const kept = cache.take(cacheKey(claimed.sender, claimed.id));
  if (kept !== undefined) return memoryPayload(kept.payload);
  if (header.kind === 'manifest') return spooledPayload(claimed.number, header, deps);
  return payloadIn(await sealedIn(claimed, deps), await keysToOpen(deps));
}

/** The messages of a batch are delivered one after the other: it is opened once for all of them. */
async function itemPayload(
  { sender, id }: Delivery,
  item: ItemPlace,
  deps: PrepareDeps,
  cache: OpenedCache,
): Promise<Payload> {
  const key = cacheKey(sender, item.batch);
  const batch = cache.borrow(key) ?? (await batchIn(item, deps));
  const isLast = item.place === (batch.header.items?.length ?? 0) - 1;
  if (isLast) cache.drop(key);
  else cache.lend(key, batch);
  return memoryPayload(contentOf(batch, { id, place: item.place }));
}

/** The sealed bytes of a message. @throws MessageRefused where they are no longer kept. */
export async function sealedIn(
  { number, id }: Pick<Delivery, 'number' | 'id'>,
  { ledger }: Pick<MessagingDeps, 'ledger'>,
): Promise<Uint8Array> {
  const sealed = await ledger.inbox.sealed(number);
  if (sealed !== undefined) return sealed;
  throw new MessageRefused('payload-lost', `the bytes of ${id} are no longer kept`);
}

/** The batch that a message came in, opened anew. */
export async function batchIn(
  { container, batch }: ItemPlace,
  deps: Pick<MessagingDeps, 'ledger' | 'openingKeys'>,
): Promise<Pick<Opened, 'header' | 'payload'>> {
  const sealed = await sealedIn({ number: container, id: batch }, deps);
  return openAccepted(sealed, await keysToOpen(deps));
}

/** Under what an opened message is remembered until its delivery. */
export function cacheKey(sender: PeerName, id: string): string {
  return `${sender} ${id}`;
}

/** One's own keys. @throws KeysUnusable, or what passes. */
export async function keysToOpen(
  deps: Pick<MessagingDeps, 'openingKeys'>,
): Promise<readonly OwnKey[]> {
  try {
    return await deps.openingKeys();
  } catch (error) {
    throw isPassing(error) ? error : new KeysUnusable(error);
  }
}

/** The own keys cannot be loaded: that says nothing about a message, and is the operator's to mend. */
export class KeysUnusable extends Error {
  override readonly name = 'KeysUnusable';

  constructor(cause: unknown) {
    super('the keys cannot be loaded', { cause });
  }
}
