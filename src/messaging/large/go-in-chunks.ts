import type { Header } from '../../envelope/header.js';
import { parseHeader } from '../../envelope/header-json.js';
import { reopen } from '../../envelope/open.js';
import { MsgError } from '../../errors.js';
import type {
  ClaimedDelivery,
  NewManifest,
  OutboxDelivery,
  OutboxRow,
  OutgoingSource,
} from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { decode } from '../encoding.js';
import { resolveRecipients, type ResolvedRecipient } from '../recipients.js';
import { acceptedSigningKey } from '../self.js';
import { chunkSizeFor } from './chunk-size.js';
import { newManifest, receiptsFor, sealManifest } from './compose-large.js';
import { keepBytes } from './payload-source.js';
import { removeUnknown } from './remove-unknown.js';

/** What a message of the outbox is, as it was kept for one record. */
export interface KeptForOneRecord extends Pick<ClaimedDelivery, 'sealed' | 'ownInfo'> {
  readonly row: OutboxRow;
  readonly delivery: OutboxDelivery;
}

/** Whether a message goes in chunks now; `waits` where another process has it in hand by now. */
export type Chunking =
  | { readonly outcome: 'in-chunks' | 'waits' }
  | { readonly outcome: 'never'; readonly error: MsgError };

/**
 * Has a message go in chunks to a recipient whose inbox did not take it in one record: it was kept when
 * nobody could tell, or nobody asked, what that takes. It keeps its id and its place before what was kept
 * after it. Its other recipients get it as it was kept. Should it have left before after all, the recipient
 * refuses what comes under its id then, and has it once.
 *
 * @param refusal why the log did not take it.
 * @returns `never` where nothing but a wider inbox helps it, with the reason and what to do.
 * @throws MsgError as `resolveRecipients` and `acceptedSigningKey`, or when the log cannot be asked.
 */
export async function goInChunks(
  kept: KeptForOneRecord,
  refusal: MsgError,
  deps: MessagingDeps,
): Promise<Chunking> {
  const { row, delivery, sealed, ownInfo } = kept;
  const header = parseHeader(row.header);
  if (ownInfo === undefined || !mayBeCut(row, delivery) || header.size === 0) {
    return { outcome: 'never', error: noRoom(kept, refusal) };
  }
  const [recipient] = await resolveRecipients([delivery.recipient], deps);
  if (recipient === undefined) return { outcome: 'waits' };
  const opened = await reopen({ sealed, ownInfo }, await deps.openingKeys());
  const payload = await decode(opened.payload, header.size, header.encoding);
  const source = await keepBytes(row.id, payload, deps);
  try {
    const cut = { header, recipient, source, refused: sealed.length };
    const manifest = await announce(cut, deps);
    const chunked = { id: row.id, recipient: recipient.peer, source, manifest };
    const isDone = await deps.ledger.outbox.goInChunks(chunked);
    return { outcome: isDone ? 'in-chunks' : 'waits' };
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'too-large') throw error;
    return { outcome: 'never', error: noRoom(kept, error) };
  } finally {
    await removeUnknown(source, deps);
  }
}

/** What was sent as it is goes out once more as it is, or not at all. */
function mayBeCut({ kind }: OutboxRow, { inChunks, partition }: OutboxDelivery): boolean {
  return kind === 'message' && !inChunks && partition === undefined;
}

interface Cut {
  readonly header: Header;
  readonly recipient: ResolvedRecipient;
  readonly source: OutgoingSource;
  /** How long the record was that the log did not take, in bytes. */
  readonly refused: number;
}

/** @throws MsgError `too-large` where the inbox does not take chunks, or what announces them. */
async function announce(
  { header: former, recipient, source, refused }: Cut,
  deps: MessagingDeps,
): Promise<NewManifest> {
  const key = await acceptedSigningKey(deps);
  const { encoding } = former;
  const chunkSize = await chunkSizeFor(recipient, { size: source.size, encoding, refused }, deps);
  const manifest = newManifest(source, { chunkSize, encoding }, deps);
  const header: Header = {
    ...former,
    ...{ kind: 'manifest', sent: deps.clock(), receipt: receiptsFor(former) },
  };
  const sealed = await sealManifest(manifest, { header, recipient, key }, deps);
  if (sealed.sealed.length < refused) return { ...sealed, count: manifest.count };
  const { peer } = recipient;
  throw new MsgError(
    'too-large',
    `the inbox of ${peer} does not take ${refused} bytes in a record`,
  );
}

/** The error for what nothing but its recipient can help, and how it goes on then. */
function noRoom(
  { row: { id }, delivery: { topic } }: Pick<KeptForOneRecord, 'row' | 'delivery'>,
  { message, cause }: MsgError,
): MsgError {
  return new MsgError('too-large', message, {
    hint: `have max.message.bytes of ${topic} raised, then "msg outbox flush ${id}"; or put it away with "msg outbox cancel ${id}"`,
    cause,
  });
}
