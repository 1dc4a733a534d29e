import type { MsgError } from '../errors.js';
import type { MessagingDeps } from './deps.js';
import type { Claimed } from './large/claimed.js';

/** What becomes of a delivery that its inbox did not take in one record. */
export type Smaller =
  /** It goes in parts, or in chunks: what is to be sent now is in the outbox. */
  | { readonly outcome: 'cut-up' | 'in-chunks' }
  /** Another process has it in hand by now. */
  | { readonly outcome: 'waits' }
  | { readonly outcome: 'never'; readonly error: MsgError };

/**
 * Has a batch go in parts, and a message in chunks.
 *
 * @throws MsgError when that cannot be done now.
 */
export async function makeSmaller(
  claimed: Claimed,
  refusal: MsgError,
  deps: MessagingDeps,
): Promise<Smaller> {
  if (claimed.row.kind === 'batch') {
    const { splitBatch } = await import('./items/split-batch.js');
    const outcome = await splitBatch(claimed, deps);
    if (outcome === 'done') return { outcome: 'cut-up' };
    return outcome === 'waits' ? { outcome } : { outcome, error: refusal };
  }
  const { goInChunks } = await import('./large/go-in-chunks.js');
  return goInChunks(claimed, refusal, deps);
}
