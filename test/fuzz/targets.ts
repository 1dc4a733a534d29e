import type { Corpus } from './corpus.js';
import type { Target } from './target.js';
import { issuedTarget, pathTarget } from './targets/certificates.js';
import { carriedTarget, insideTarget } from './targets/envelopes.js';
import { bundleTarget, chunkTarget, foreignTarget, headerTarget } from './targets/readers.js';
import { signedTarget } from './targets/signed.js';

/** Every kind of input that the corpus has samples of. */
export function targetsOf(corpus: Corpus): readonly Target[] {
  const { paths, envelopes, file, headers, bundle, foreign, donors } = corpus;
  const [first] = envelopes;
  if (first === undefined) throw new Error('the corpus has no messages');
  return [
    pathTarget(paths, donors),
    issuedTarget(paths, donors),
    carriedTarget(envelopes, donors),
    insideTarget(envelopes, donors),
    signedTarget(envelopes, donors),
    chunkTarget(file, donors),
    headerTarget(headers),
    bundleTarget(bundle, donors),
    ...(foreign.length === 0 ? [] : [foreignTarget(foreign, { ...first, donors })]),
  ];
}
