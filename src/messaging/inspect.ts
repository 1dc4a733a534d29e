import type { PeerName } from '../domain/peer-name.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import { open } from '../envelope/open.js';
import type { Opened, OwnKey } from '../envelope/types.js';
import { MsgError } from '../errors.js';
import type { IncomingRecord, RecordSource } from '../ledger/port.js';
import { type CertificateVersion, type Freshness, type PeerRecord } from '../registry/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { decode } from './encoding.js';
import { takeByKind, type Refusal } from './kinds.js';
import { supersededFrom } from './rotation.js';
import { peerRefused, verifyPeer } from './verify-peer.js';

/** How far a sender's clock may run ahead of the log's, in milliseconds. */
export const CLOCK_SKEW = 5 * 60_000;

/**
 * How much later than a record was received a view of the directory has to be to refuse it for good,
 * in milliseconds: our chain node may be behind the sender's.
 */
const NODE_LAG = 3_000;

/**
 * How much later than the log took the record is late enough as well, since the log's clock and ours
 * may differ; in milliseconds. One look then serves everything that lies behind.
 */
const VIEW_MARGIN = 60_000;

/** What a look at the chain has just found, or what was found before. */
const AS_IT_IS: Freshness = { maxAge: Infinity, maxStale: Infinity };

/** A record's judgement: a message that may be delivered, or why it never will be. */
export interface Inspected {
  readonly record: IncomingRecord;
  /** The opened message, for delivery without opening it a second time. */
  readonly opened: Opened | undefined;
}

/** What judging a record takes. */
export type InspectDeps = Pick<
  MessagingDeps,
  | 'self'
  | 'openingKeys'
  | 'book'
  | 'freshness'
  | 'settling'
  | 'judge'
  | 'clock'
  | 'largestSealed'
  | 'fileLimits'
>;

/**
 * Opens a record and judges whether its sender may speak for the name in the signed header, and
 * whether it was meant for this peer, now.
 *
 * @param receivedAt When the record was received, in Unix milliseconds; the same for all that came
 *   together, so that one look at the chain settles them all.
 * @throws MsgError retryable when the directory cannot be asked: the record waits, it is not refused.
 */
export async function inspectRecord(
  stored: StoredRecord,
  partition: PartitionId,
  deps: InspectDeps,
  receivedAt = deps.clock(),
): Promise<Inspected> {
  const source = sourceOf(stored, partition);
  const opened = await openQuietly(stored.value, deps);
  if ('reason' in opened) return refused(stored, source, opened);
  const refusal =
    judgeHeader(opened, stored.appendedAt, deps) ??
    (await judgeSender(opened, { appendedAt: stored.appendedAt, receivedAt }, deps));
  if (refusal !== undefined) return refused(stored, source, refusal);
  const plain = await decodePayload(opened, deps);
  if ('reason' in plain) return refused(stored, source, plain);
  const record = takeByKind({ source, opened: plain, sealed: stored.value }, deps.fileLimits);
  return 'reason' in record ? refused(stored, source, record) : { opened: plain, record };
}

/** An opened message with its payload as it was before it was encoded for the way. */
async function decodePayload(opened: Opened, deps: InspectDeps): Promise<Opened | Refusal> {
  const { kind, size, encoding } = opened.header;
  if (encoding === undefined || kind === 'manifest') return opened;
  if (size > deps.largestSealed) {
    const detail = `it would unpack to ${size} bytes, more than the limit of ${deps.largestSealed}`;
    return { reason: 'too-large', detail };
  }
  try {
    return { ...opened, payload: await decode(opened.payload, size, encoding) };
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

/** The place of a stored record as the ledger keeps it. */
export function sourceOf(stored: StoredRecord, partition: PartitionId): RecordSource {
  const { clusterId, topic, topicId } = partition;
  const { offset, appendedAt } = stored;
  return { clusterId, topic, topicId, partition: partition.partition, offset, appendedAt };
}

async function openQuietly(sealed: Uint8Array, deps: InspectDeps): Promise<Opened | Refusal> {
  const keys = await deps.openingKeys();
  const outcome = await openWith(keys, sealed, deps);
  if (!('reason' in outcome) || outcome.reason !== 'not-for-us') return outcome;
  // Its sender may have seen a new certificate before we have seen the key behind it.
  const present = await deps.openingKeys({ look: true });
  return present === keys ? outcome : openWith(present, sealed, deps);
}

async function openWith(
  keys: readonly OwnKey[],
  sealed: Uint8Array,
  deps: InspectDeps,
): Promise<Opened | Refusal> {
  try {
    return await open(sealed, keys, { sealed: deps.largestSealed });
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

function refused(stored: StoredRecord, source: RecordSource, refusal: Refusal): Inspected {
  return {
    opened: undefined,
    record: {
      outcome: 'refused',
      refused: {
        source,
        claimedSender: claimOf(stored.headers['msg-from']),
        claimedId: claimOf(stored.headers['msg-id']),
        ...refusal,
        sealed: stored.value,
      },
    },
  };
}

/** A peer's name has at most 63 characters, an id 36. */
const LONGEST_CLAIM = 64;

/** Anybody can write as much as a record takes into its hints. */
function claimOf(hint: string | undefined): string | undefined {
  return hint === undefined || hint.length <= LONGEST_CLAIM
    ? hint
    : `${hint.slice(0, LONGEST_CLAIM)}…`;
}

function judgeHeader(opened: Opened, appendedAt: number, deps: InspectDeps): Refusal | undefined {
  const { header } = opened;
  if (!isAddressedTo(opened, deps.self)) {
    return {
      reason: 'not-addressed',
      detail: `the signed header does not name ${deps.self} with the certificate that opened it`,
    };
  }
  if (header.sent > appendedAt + CLOCK_SKEW) {
    return { reason: 'from-the-future', detail: 'it says it was sealed after the log received it' };
  }
  return undefined;
}

function isAddressedTo({ header, openedWith }: Opened, self: PeerName): boolean {
  return header.to.some(({ peer, cert }) => peer === self && cert === openedWith.fingerprint);
}

/** When a record came: by the log's clock, and by ours. */
interface Arrival {
  readonly appendedAt: number;
  readonly receivedAt: number;
}

/**
 * Judges the sender by the address book. A refusal is for good, so what the directory may have mended
 * since (a certificate it did not hold, a suspension) is looked up on the chain before it counts. As
 * anybody can cause that, the looks are limited for all senders together, and the record waits.
 */
async function judgeSender(
  opened: Opened,
  { appendedAt, receivedAt }: Arrival,
  deps: InspectDeps,
): Promise<Refusal | undefined> {
  const known = await judgeSigner(opened, appendedAt, deps);
  if (!isMendable(known)) return known;
  const late = Math.min(receivedAt + NODE_LAG, appendedAt + VIEW_MARGIN);
  await deps.book.lookSince(Math.min(receivedAt, late));
  const looked = await judgeSigner(opened, appendedAt, { ...deps, freshness: AS_IT_IS });
  if (!isMendable(looked)) return looked;
  await deps.book.lookSince(late);
  return judgeSigner(opened, appendedAt, { ...deps, freshness: AS_IT_IS });
}

function isMendable(refusal: Refusal | undefined): boolean {
  return refusal !== undefined && MENDABLE.has(refusal.reason);
}

const MENDABLE: ReadonlySet<string> = new Set(['signer', 'sender-status', 'superseded']);

async function judgeSigner(
  { header: { from }, signer }: Opened,
  appendedAt: number,
  deps: Pick<InspectDeps, 'book' | 'judge' | 'clock' | 'settling'> & {
    readonly freshness: Freshness;
  },
): Promise<Refusal | undefined> {
  const record = await deps.book.find(from, deps.freshness);
  // A certificate may be published again, for a new owner: the later version is the one that counts.
  const version = record?.certificates.findLast(
    ({ fingerprint }) => fingerprint === signer.fingerprint,
  );
  if (record === undefined || version === undefined) {
    return { reason: 'signer', detail: `the directory holds no such certificate for ${from}` };
  }
  const superseded = judgeSupersession(record, version, { appendedAt, settling: deps.settling });
  if (superseded !== undefined) return superseded;
  const at = Math.min(appendedAt, deps.clock());
  const verdict = await verifyPeer({ record, version, at, patience: 'short' }, deps.judge);
  if (verdict.trusted) return undefined;
  if (verdict.failed.transient === true) throw peerRefused(from, verdict.failed);
  return { reason: `sender-${verdict.failed.check}`, detail: `${from}: ${verdict.failed.detail}` };
}

function judgeSupersession(
  peer: PeerRecord,
  version: CertificateVersion,
  { appendedAt, settling }: { readonly appendedAt: number; readonly settling: number },
): Refusal | undefined {
  const end = supersededFrom(peer, version, settling);
  if (end === undefined || appendedAt < end) return undefined;
  return {
    reason: 'superseded',
    detail: `${peer.name} replaced certificate version ${version.index}, which counted until ${new Date(end).toISOString()}`,
  };
}

/** Whether a failure is the directory's or the log's being away, which passes. */
export function isPassing(error: unknown): error is MsgError {
  return error instanceof MsgError && error.retryable;
}
