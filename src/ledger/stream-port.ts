import type { Gaps } from './gaps.js';
import type { Heads } from './heads.js';
import type { StreamLedger } from './port.js';
import { settle } from './settle.js';

/** The port of what tells whether all of a sender's messages have come. */
export function streamPort(heads: Heads, gaps: Gaps): StreamLedger {
  return {
    heads: (recipients, most) => settle(() => heads.of(recipients, most)),
    voids: (recipients, most) => settle(() => heads.voids(recipients, most)),
    missing: (filter) => settle(() => gaps.missing(filter)),
    missingBySender: () => settle(() => gaps.bySender()),
    tell: (noticedBefore) => settle(() => gaps.tell(noticedBefore)),
    forget: (id, sender) => settle(() => gaps.forget(id, sender)),
  };
}
