import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Header } from '../../envelope/header.js';
import { parseHeader } from '../../envelope/header-json.js';
import { open } from '../../envelope/open.js';
import { isAbort, readManifest } from '../../envelope/manifest.js';
import type { InboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { notedPath } from '../directory-sink.js';
import { MessageRefused } from '../message-refused.js';
import { filePayload, memoryPayload, type Payload } from '../payload.js';
import { contentOf, payloadIn, spooledPayload } from '../payload-of.js';
import { batchIn, keysToOpen } from '../prepare-delivery.js';

type PastDeps = Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'spool'>;

/**
 * The payload of a message that was delivered before. One that came in chunks is no longer in the spool
 * then; it is read from the file that it was delivered as, if that is still there and still the same.
 *
 * @throws MessageRefused `payload-lost`; EnvelopeRefused when it cannot be opened any more; KeysUnusable.
 */
export async function pastPayload(row: InboxRow, deps: PastDeps): Promise<Payload> {
  const sealed = await deps.ledger.inbox.sealed(row.number);
  if (sealed === undefined) throw lost(`the bytes of ${row.id} are no longer kept`);
  if (row.item !== undefined) {
    const { place } = row.item;
    return memoryPayload(contentOf(await batchIn(row.item, deps), { id: row.id, place }));
  }
  const keys = await keysToOpen(deps);
  const header = parseHeader(row.header);
  if (header.kind !== 'manifest') return payloadIn(sealed, keys);
  const found = await fromSpool(row, header, deps);
  if (found !== undefined) return found;
  const { payload: manifest } = await open(sealed, keys, { sealed: sealed.length });
  const delivered = await fromDelivered(row, header, manifest);
  if (delivered !== undefined) return delivered;
  throw lost(`the payload of ${row.id} came in chunks, and is not where it was delivered to`);
}

async function fromSpool(
  { number }: InboxRow,
  header: Header,
  deps: PastDeps,
): Promise<Payload | undefined> {
  if ((await deps.ledger.incoming.spooled(number)) === undefined) return undefined;
  return spooledPayload(number, header, deps).catch(() => undefined);
}

/** The operator may have moved the file since, or worked on it. */
async function fromDelivered(
  { sinkNote }: InboxRow,
  header: Header,
  manifestJson: Uint8Array,
): Promise<Payload | undefined> {
  const path = notedPath(sinkNote);
  const manifest = readManifest(manifestJson, header);
  if (path === undefined || isAbort(manifest)) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== header.size) return undefined;
  const payload = filePayload(path, header.size, { isForeign: true });
  const hash = createHash('sha256');
  const isRead = await pipeline(payload.stream(), hash).then(
    () => true,
    () => false,
  );
  return isRead && hash.digest('hex') === manifest.sha256 ? payload : undefined;
}

function lost(detail: string): MessageRefused {
  return new MessageRefused('payload-lost', detail);
}
