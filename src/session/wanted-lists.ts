import { sourcesOf } from '../crl/points.js';
import type { WantedLists } from '../crl/published-lists.js';
import type { PathAccepted, PathRefused } from '../trust/verdict.js';
import type { Certificate } from '../x509/certificate.js';

/**
 * The revocation lists that the certificates of a path name, the anchor's own excepted.
 *
 * @param others what may have signed them besides the path's own certificates
 */
export function wantedLists(
  { path }: Pick<PathAccepted, 'path'>,
  others: readonly Certificate[],
): WantedLists {
  const anchor = path.at(-1)?.fingerprint;
  const judged = path.filter(({ fingerprint }) => fingerprint !== anchor);
  return { sources: judged.flatMap(sourcesOf), signers: [...new Set([...path, ...others])] };
}

/**
 * Whether a certificate that was refused may be accepted later without anything being changed by hand:
 * a list that is missing may come, and one that is out of date may be replaced.
 */
export function isTransient({ reason }: PathRefused, missing: readonly string[]): boolean {
  return reason === 'revocation-stale' || (reason === 'revocation-unknown' && missing.length > 0);
}

/** A sentence, and what stood in the way of the lists. */
export function because(sentence: string, missing: readonly string[]): string {
  return missing.length === 0 ? sentence : `${sentence} (${missing.join('; ')})`;
}
