import type { MessageId } from '../domain/message-id.js';
import { cutItem } from '../envelope/batch.js';
import type { Header } from '../envelope/header.js';
import { open } from '../envelope/open.js';
import type { Opened, OwnKey } from '../envelope/types.js';
import { MsgError } from '../errors.js';
import { identityOf } from '../files/durable-file.js';
import type { MessagingDeps } from './deps.js';
import { decode } from './encoding.js';
import { MessageRefused } from './message-refused.js';
import { filePayload, memoryPayload, type Payload } from './payload.js';

/**
 * The payload in a record that was accepted before.
 *
 * @throws EnvelopeRefused when the keys do not open it any more.
 */
export async function payloadIn(sealed: Uint8Array, keys: readonly OwnKey[]): Promise<Payload> {
  return memoryPayload((await openAccepted(sealed, keys)).payload);
}

/**
 * A record that was accepted before, with its payload as it was before any encoding.
 *
 * @throws EnvelopeRefused when the keys do not open it any more.
 */
export async function openAccepted(
  sealed: Uint8Array,
  keys: readonly OwnKey[],
): Promise<Pick<Opened, 'header' | 'payload'>> {
  // Its size was judged when it came in: a limit lowered since then must not lose what was accepted.
  const { payload, header } = await open(sealed, keys, { sealed: sealed.length });
  return { header, payload: await decode(payload, header.size, header.encoding) };
}

/**
 * The payload of one message of a batch.
 *
 * @throws MsgError `config` for a ledger that does not fit the batch.
 */
export function contentOf(
  { header, payload }: Pick<Opened, 'header' | 'payload'>,
  { id, place }: { readonly id: MessageId; readonly place: number },
): Uint8Array {
  const content = header.items?.[place]?.id === id ? cutItem(header, payload, place) : undefined;
  if (content !== undefined) return content;
  throw new MsgError('config', `${id} is not where the ledger says in the batch ${header.id}`, {
    hint: 'the ledger was changed by another program; restore it from a backup',
  });
}

/**
 * The payload of a message whose chunks were put together in the spool.
 *
 * @throws MessageRefused `payload-lost` when it is not there any more.
 */
export async function spooledPayload(
  number: number,
  { id, size }: Pick<Header, 'id' | 'size'>,
  { ledger, spool }: Pick<MessagingDeps, 'ledger' | 'spool'>,
): Promise<Payload> {
  const name = await ledger.incoming.spooled(number);
  const path = name === undefined ? undefined : spool.path(name);
  if (path !== undefined && (await identityOf(path)) !== undefined) return filePayload(path, size);
  throw new MessageRefused('payload-lost', `the payload of ${id} is no longer in the spool`);
}

/**
 * The header that goes with a payload: what came in chunks is a message like any other for whoever it
 * is delivered to.
 */
export function deliveredHeader(header: Header): Header {
  return header.kind === 'manifest' ? { ...header, kind: 'message' } : header;
}
