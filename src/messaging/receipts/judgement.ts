import { hexOf } from '../../asn1/values.js';
import type { Original } from '../../envelope/original.js';
import type { Evidence, EvidenceKind, IncomingReceipt } from '../../ledger/port.js';
import type { DirectoryHead } from '../../registry/port.js';
import type { Certificate } from '../../x509/certificate.js';
import type { JudgedSender } from '../judge-sender.js';
import { isPassing } from '../passing.js';
import type { MessagingDeps } from '../deps.js';
import type { CheckOutcome, ReliedOn } from '../verify-peer.js';

type JudgementDeps = Pick<MessagingDeps, 'self' | 'book' | 'freshness' | 'judge'>;

/**
 * All that was known of a receipt's signer when it came, for whoever judges it in ten years: what the
 * directory said, which checks were made with which result, and the certificates and revocation lists
 * that they were made with. The own signature under the message needs its issuers, too.
 */
export async function judgementOf(
  sender: JudgedSender,
  original: Original,
  deps: JudgementDeps,
): Promise<Pick<IncomingReceipt, 'judgement' | 'evidence'>> {
  const { record, version, at, steps } = sender;
  const judgement = {
    at: new Date(at).toISOString(),
    directory: describeHead(await headQuietly(deps)),
    peer: record.name,
    version: version.index,
    fingerprint: version.fingerprint,
    owner: version.owner,
    published: new Date(version.publishedAt).toISOString(),
    proof: hexOf(version.proof),
    checks: steps.map(({ check, detail }) => ({ check, detail })),
  };
  const path = reliedOnIn(steps);
  const own = await ownPath(original, at, deps);
  return {
    judgement: JSON.stringify(judgement),
    evidence: [
      ...pathEvidence(path, 'issuer', 'anchor'),
      ...(path?.crls ?? []).map((content): Evidence => ({ kind: 'crl', content })),
      ...pathEvidence(own, 'own-issuer', 'own-anchor'),
    ],
  };
}

async function ownPath(
  { signer, chain }: Original,
  at: number,
  { self, judge }: JudgementDeps,
): Promise<ReliedOn | undefined> {
  const issuers = chain.map(({ der }) => der);
  return reliedOnIn(await judge.path({ certificate: signer, chain: issuers, peer: self, at }));
}

function reliedOnIn(steps: readonly CheckOutcome[]): ReliedOn | undefined {
  return steps.find(({ reliedOn }) => reliedOn !== undefined)?.reliedOn?.();
}

function pathEvidence(
  reliedOn: ReliedOn | undefined,
  issuer: EvidenceKind,
  anchor: EvidenceKind,
): readonly Evidence[] {
  const path: readonly Certificate[] = reliedOn?.path ?? [];
  const above = path.length > 1 ? path.slice(1) : path;
  return above.map(({ der }, index) => ({
    kind: index === above.length - 1 ? anchor : issuer,
    content: der,
  }));
}

/** The chain may be away just now; what is known without it is kept all the same. */
async function headQuietly({ book, freshness }: JudgementDeps): Promise<DirectoryHead | undefined> {
  try {
    return await book.head(freshness);
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}

function describeHead(head: DirectoryHead | undefined): object | undefined {
  if (head === undefined) return undefined;
  const { chainId, address, seq, block, blockHash } = head;
  return {
    ...{ chainId: String(chainId), address, seq: String(seq), head: head.head },
    ...{ block: String(block), blockHash },
  };
}
