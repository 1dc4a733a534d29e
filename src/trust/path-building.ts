import type { Session } from './session.js';
import type { Interpreted } from './interpret.js';
import { refused, type PathRefused } from './verdict.js';

/** A chain of names and signatures from a certificate to an anchor; nothing else is judged yet. */
export interface CandidatePath {
  /** The certificate in question first, the one that the anchor issued last. */
  readonly certificates: readonly Interpreted[];
  readonly anchor: Interpreted;
}

/** What stopped the search where no path was complete. */
export class DeadEnds {
  #deepest: { readonly depth: number; readonly refusal: PathRefused } | undefined;

  /** Notes one; the one furthest from the certificate in question says most. */
  note(depth: number, refusal: PathRefused): void {
    if (this.#deepest === undefined || depth > this.#deepest.depth) {
      this.#deepest = { depth, refusal };
    }
  }

  /** The one that says most. */
  get refusal(): PathRefused | undefined {
    return this.#deepest?.refusal;
  }
}

/**
 * Searches paths, the most promising first (RFC 4158 describes the art): an issuer must have the
 * right name and must have made the signature, so that no key but a real issuer's leads further; no
 * name and key come twice. The session's budget bounds the work.
 *
 * @throws BudgetExceeded
 */
export function* buildPaths(
  target: Interpreted,
  session: Session,
  deadEnds: DeadEnds,
): Generator<CandidatePath> {
  yield* extend([target], session, deadEnds);
}

function* extend(
  path: readonly Interpreted[],
  session: Session,
  deadEnds: DeadEnds,
): Generator<CandidatePath> {
  const last = path.at(-1);
  if (last === undefined) return;
  session.countPath();
  const anchors = session.anchorsNamed(last.issuer);
  const others = session.intermediatesNamed(last.issuer).filter((one) => !comesBefore(one, path));
  const issuers = inOrder([...anchors, ...others], last, session.options.time);
  if (issuers.length === 0) {
    deadEnds.note(path.length, refused('no-issuer', NO_ISSUER, last.certificate));
  }
  for (const issuer of issuers) {
    const problem = signatureProblem(last, issuer, session);
    if (problem !== undefined) {
      deadEnds.note(path.length, problem);
    } else if (anchors.includes(issuer)) {
      yield { certificates: path, anchor: issuer };
    } else if (path.length < session.options.maxPathLength) {
      yield* extend([...path, issuer], session, deadEnds);
    } else {
      deadEnds.note(path.length, refused('too-complex', TOO_LONG, last.certificate));
    }
  }
}

const NO_ISSUER = 'its issuer is neither a trust anchor nor among the certificates at hand';
const TOO_LONG = 'the path is longer than allowed';

/** Keys that inherit their parameters are left for when the whole path is known. */
function signatureProblem(
  child: Interpreted,
  issuer: Interpreted,
  session: Session,
): PathRefused | undefined {
  const key = session.keyOf(issuer.certificate);
  if (key === undefined) return undefined;
  const verdict = session.verify(child.certificate, key);
  if (verdict === 'valid') return undefined;
  return refused(
    verdict === 'invalid' ? 'signature' : 'algorithm',
    verdict === 'invalid'
      ? 'its signature was not made with the key of its issuer'
      : 'its signature algorithm is unknown or not accepted',
    child.certificate,
  );
}

function comesBefore(candidate: Interpreted, path: readonly Interpreted[]): boolean {
  return path.some(
    (one) =>
      one.subject === candidate.subject &&
      Buffer.compare(one.certificate.spki, candidate.certificate.spki) === 0,
  );
}

function inOrder(
  issuers: readonly Interpreted[],
  child: Interpreted,
  time: number,
): readonly Interpreted[] {
  const rank = ({ certificate }: Interpreted): number => {
    const isCurrent = certificate.notBefore <= time && time <= certificate.notAfter;
    return keyHint(child, certificate.subjectKeyIdentifier) * 2 + (isCurrent ? 0 : 1);
  };
  return [...issuers].sort((a, b) => rank(a) - rank(b));
}

/** 0: the key identifiers say so, 1: they say nothing, 2: they say another key. Only ever a hint. */
function keyHint(child: Interpreted, identifier: Uint8Array | undefined): 0 | 1 | 2 {
  const wanted = child.authorityKeyIdentifier;
  if (wanted === undefined || identifier === undefined) return 1;
  return Buffer.compare(wanted, identifier) === 0 ? 0 : 2;
}
