import { isAbort, readManifest, type Manifest } from '../../envelope/manifest.js';
import { reopen } from '../../envelope/open.js';
import { MsgError } from '../../errors.js';
import type { ClaimedDelivery, OutgoingFile } from '../../ledger/port.js';
import { PublishOutcomeUnknown } from '../../transport/port.js';
import type { MessagingDeps } from '../deps.js';
import { noteFailure, type PublishedDelivery, type PublishFailure } from '../publish.js';
import { abortFile } from './abort.js';
import { FilePosition } from './file-position.js';
import { publishRecords, type OnSent, type PublishableFile } from './publish-file.js';
import { openSource, SourceChanged } from './source.js';

/** A claimed delivery of a large payload. */
export type LargeDelivery = Pick<ClaimedDelivery, 'row' | 'delivery'>;

/**
 * Publishes a large payload to one recipient, of which the ledger has noted that it begins, and notes
 * what became of it. An attempt that was cut short goes on where it had come to.
 *
 * @throws SourceChanged when the file is not any more what its manifest says: the recipient is told, and
 *   drops what has come.
 */
export async function publishLarge(
  claimed: LargeDelivery,
  file: OutgoingFile,
  deps: MessagingDeps,
  onSent: OnSent = () => undefined,
): Promise<PublishedDelivery> {
  const manifest = await manifestOf(file, deps);
  const outcome = await attempt({ claimed, file, manifest }, deps, onSent);
  if ('failure' in outcome) {
    const [queued] = await noteFailure([claimed], outcome.failure, deps);
    if (queued === undefined) throw new MsgError('bug', 'a failure was noted for nothing');
    return queued;
  }
  const { partition, offset } = outcome;
  const { recipient, topic } = claimed.delivery;
  const key = { id: claimed.row.id, recipient };
  await deps.ledger.outgoing.noteSent(key);
  await deps.ledger.outbox.markSent([{ ...key, partition, offset }]);
  return { peer: recipient, topic, state: 'sent', partition, offset };
}

/** The manifest as its author can still open it. */
async function manifestOf(
  { sealed, ownInfo }: Pick<OutgoingFile, 'sealed' | 'ownInfo'>,
  { openingKeys }: Pick<MessagingDeps, 'openingKeys'>,
): Promise<Manifest> {
  if (ownInfo === undefined) {
    throw new MsgError('not-found', 'the payload is no longer kept', {
      hint: 'send it anew, under another id',
    });
  }
  const { payload, header } = await reopen({ sealed, ownInfo }, await openingKeys());
  const manifest = readManifest(payload, header);
  if (isAbort(manifest)) throw new MsgError('bug', 'an abort was kept as a payload');
  return manifest;
}

type Outcome =
  | { readonly partition: number; readonly offset: bigint | undefined }
  | { readonly failure: PublishFailure };

async function attempt(
  large: PublishableFile,
  deps: MessagingDeps,
  onSent: OnSent,
): Promise<Outcome> {
  let position: FilePosition | undefined;
  try {
    const source = await openSource(large.file.source, deps.spool);
    try {
      position = await FilePosition.of(large.claimed, large.file, deps);
      await publishRecords(large, { source, position, onSent }, deps);
      return { partition: position.partition, offset: position.offset };
    } finally {
      await source.close();
    }
  } catch (error) {
    await position?.abandon();
    const mayHaveLeft = position?.mayHaveLeft ?? large.file.next > 0;
    if (!(error instanceof SourceChanged)) return { failure: failureOf(error, mayHaveLeft) };
    await abortFile(large, { reason: error.reason, mayHaveLeft }, deps);
    throw large.file.rounds > 0 ? unrepeatable(large, error) : error;
  }
}

/** All of it was sent before: whether it has come nobody knows. */
function unrepeatable(
  { claimed: { delivery } }: PublishableFile,
  { reason, code }: SourceChanged,
): MsgError {
  const { recipient } = delivery;
  const what = `${recipient} has not confirmed it, and it cannot be sent again: ${reason}`;
  return new MsgError(code, what, {
    hint: `ask ${recipient} whether it has come, and send it under another id if not`,
  });
}

/** What a failure says about the log: whatever had left before leaves the outcome open. */
function failureOf(error: unknown, hasLeft: boolean): PublishFailure {
  const outcome = hasLeft || error instanceof PublishOutcomeUnknown ? 'unknown' : 'not-sent';
  if (error instanceof MsgError) return { outcome, error };
  if (!(error instanceof PublishOutcomeUnknown)) throw error;
  const { message } = error;
  return { outcome, error: new MsgError('broker-unreachable', message, { cause: error }) };
}
