import { hash } from 'node:crypto';
import type { PeerName } from '../domain/peer-name.js';
import type { Header, MessageKind } from '../envelope/header.js';
import { cutItems } from '../envelope/batch.js';
import { messageDigest } from '../envelope/header-json.js';
import { isAbort, readManifest, type Abort, type Manifest } from '../envelope/manifest.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import type { Opened } from '../envelope/types.js';
import type {
  IncomingMessage,
  IncomingRecord,
  Ledger,
  NamingMessage,
  RecordSource,
} from '../ledger/port.js';
import { CLOCK_SKEW } from './clock-skew.js';
import type { MessagingDeps } from './deps.js';
import type { JudgedSender } from './judge-sender.js';
import { takeReceipt, takeRejection } from './receipts/arrived.js';
import { requestOf } from './receipts/request.js';

/** Why a record was refused for good: a stable name and a sentence. */
export interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/** A record that was opened, whose header and sender were found in order. */
export interface AcceptedRecord {
  readonly source: RecordSource;
  readonly opened: Opened;
  readonly sender: JudgedSender;
  /** The record's value. */
  readonly sealed: Uint8Array;
}

/** What deciding about an accepted record takes. */
export type TakeDeps = Pick<
  MessagingDeps,
  'self' | 'book' | 'freshness' | 'judge' | 'fileLimits'
> & {
  readonly ledger: Pick<Ledger, 'receipts'>;
};

/** What the ledger is to do with an accepted record, or why this one is refused after all. */
type Take = (
  accepted: AcceptedRecord,
  deps: TakeDeps,
) => IncomingRecord | Refusal | Promise<IncomingRecord | Refusal>;

/** What becomes of each kind of message. */
const TAKE: Readonly<Record<MessageKind, Take>> = {
  message: takeMessage,
  manifest: takeManifest,
  batch: takeBatch,
  receipt: takeReceipt,
  rejected: takeRejection,
};

/** Decides by its kind what becomes of an accepted record. */
export async function takeByKind(
  accepted: AcceptedRecord,
  deps: TakeDeps,
): Promise<IncomingRecord | Refusal> {
  return TAKE[accepted.opened.header.kind](accepted, deps);
}

/** What the ledger keeps of an accepted record. */
export function messageOf(
  { source, opened, sealed }: AcceptedRecord,
  { self }: Pick<TakeDeps, 'self'>,
): IncomingMessage {
  const { header, payloadSha256, signer } = opened;
  return {
    source,
    sender: header.from,
    id: header.id,
    digest: messageDigest(header, payloadSha256),
    kind: header.kind,
    type: header.type,
    correlationId: header.cid,
    header: JSON.stringify(header),
    signer: signer.fingerprint,
    sealed,
    request: requestOf(opened),
    naming: namingOf(header, source, self),
  };
}

/** The messages that one names as those before it, or declares void; receipts and rejections have no place among them. */
export function namingOf(
  { id, from, sent, to, kind }: Header,
  { appendedAt }: Pick<RecordSource, 'appendedAt'>,
  self: PeerName,
): NamingMessage | undefined {
  if (kind === 'receipt' || kind === 'rejected') return undefined;
  const { after = [], void: voids = [] } = to.find(({ peer }) => peer === self) ?? {};
  // A clock that is far ahead must not have the sender's stream begin when it says it is.
  const sealedAt = Math.min(sent, appendedAt + CLOCK_SKEW);
  return { sender: from, id, at: Math.max(sealedAt, appendedAt), after, voids };
}

function takeMessage(accepted: AcceptedRecord, deps: TakeDeps): IncomingRecord {
  return { outcome: 'message', message: messageOf(accepted, deps) };
}

/** Each message of a batch is judged by itself whether it is known: by what it would be alone. */
function takeBatch(accepted: AcceptedRecord, deps: TakeDeps): IncomingRecord {
  const { header, payload } = accepted.opened;
  const items = cutItems(header, payload).map((item) => ({
    id: item.header.id,
    digest: messageDigest(item.header, hash('sha256', item.payload, 'hex')),
    type: item.header.type,
    correlationId: item.header.cid,
    header: JSON.stringify(item.header),
  }));
  return { outcome: 'batch', message: messageOf(accepted, deps), items };
}

function takeManifest(accepted: AcceptedRecord, deps: TakeDeps): IncomingRecord | Refusal {
  const { fileLimits: limits } = deps;
  const { payload, header } = accepted.opened;
  const manifest = readQuietly(payload, header);
  if ('reason' in manifest) return manifest;
  if (isAbort(manifest)) return takeAbort(accepted, manifest);
  const { fileId, size, count } = manifest;
  if (size > limits.largest) {
    const detail = `a file of ${size} bytes, more than the limit of ${limits.largest}`;
    return { reason: 'too-large', detail };
  }
  const file = { fileId, size, count, expiresAt: header.expires };
  return { outcome: 'manifest', message: messageOf(accepted, deps), file, limits: limits.pending };
}

function readQuietly(payload: Uint8Array, header: Header): Manifest | Abort | Refusal {
  try {
    return readManifest(payload, header);
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

/** The sender of a file gives it up: what has come of it goes to quarantine, as this would alone. */
function takeAbort(
  { source, opened: { header }, sealed }: AcceptedRecord,
  { fileId, aborted }: Abort,
): IncomingRecord {
  const detail = `its sender gave it up: ${aborted}`;
  const claimed = { claimedSender: header.from, claimedId: header.id, proven: true };
  return {
    outcome: 'abort',
    fileId,
    refused: { source, ...claimed, reason: 'aborted', detail, sealed },
  };
}
