import type { PeerName } from '../domain/peer-name.js';
import {
  AS_IT_IS,
  type CertificateVersion,
  type Freshness,
  type PeerRecord,
} from '../registry/port.js';
import type { Certificate } from '../x509/certificate.js';
import type { MessagingDeps } from './deps.js';
import type { Refusal } from './kinds.js';
import { supersededFrom } from './rotation.js';
import { PATH_STAGES } from '../trust/verdict.js';
import { peerRefused, verifyPeer, type PeerCheck, type PeerStep } from './verify-peer.js';

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

/** What judging a signer takes. */
export type JudgeDeps = Pick<MessagingDeps, 'book' | 'freshness' | 'settling' | 'judge' | 'clock'>;

/** Whom a signature claims to be from, and when it came: by the log's clock, and by ours (Unix ms). */
export interface SenderClaim {
  readonly from: PeerName;
  readonly signer: Certificate;
  readonly appendedAt: number;
  readonly receivedAt: number;
}

/** A signer that may speak for the peer, and all that was known of it. */
export interface JudgedSender {
  readonly record: PeerRecord;
  readonly version: CertificateVersion;
  /** The time that the certificate's validity was judged at, in Unix milliseconds. */
  readonly at: number;
  readonly steps: readonly PeerStep[];
}

/**
 * Judges the sender by the address book. A refusal is for good, so what the directory may have mended
 * since (a certificate it did not hold, a suspension) is looked up on the chain before it counts. As
 * anybody can cause that, the looks are limited for all senders together, and the record waits.
 *
 * @throws MsgError retryable when the directory cannot be asked, or a certificate cannot be judged now.
 */
export async function judgeSender(
  claim: SenderClaim,
  deps: JudgeDeps,
): Promise<JudgedSender | Refusal> {
  const { appendedAt, receivedAt } = claim;
  const known = await judgeSigner(claim, deps);
  if (!isMendable(known)) return known;
  const late = Math.min(receivedAt + NODE_LAG, appendedAt + VIEW_MARGIN);
  await deps.book.lookSince(Math.min(receivedAt, late));
  const looked = await judgeSigner(claim, { ...deps, freshness: AS_IT_IS });
  if (!isMendable(looked)) return looked;
  await deps.book.lookSince(late);
  return judgeSigner(claim, { ...deps, freshness: AS_IT_IS });
}

function isMendable(judged: JudgedSender | Refusal): boolean {
  return 'reason' in judged && MENDABLE.has(judged.reason);
}

const MENDABLE: ReadonlySet<string> = new Set(['signer', 'sender-status', 'superseded']);

async function judgeSigner(
  { from, signer, appendedAt }: SenderClaim,
  deps: Omit<JudgeDeps, 'freshness'> & { readonly freshness: Freshness },
): Promise<JudgedSender | Refusal> {
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
  if (verdict.trusted) return { record, version, at, steps: verdict.steps };
  if (verdict.failed.transient === true) throw peerRefused(from, verdict.failed);
  return {
    reason: `sender-${reasonFor(verdict.failed.check)}`,
    detail: `${from}: ${verdict.failed.detail}`,
  };
}

/** A certificate that fails any question to its path is refused for its path (docs/wire-format.md). */
function reasonFor(check: PeerCheck): string {
  return PATH_STAGES.some((stage) => stage === check) ? 'path' : check;
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
