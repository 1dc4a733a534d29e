import { setTimeout as pause } from 'node:timers/promises';
import type { MsgError } from '../errors.js';
import { isPassing } from './passing.js';

const FIRST = 250;
const LONGEST = 15_000;

/** How what fails for now is tried again. */
export interface Patience {
  /** Once it aborts nothing is tried any more. */
  readonly signal: AbortSignal;
  /** Told when the waiting begins. */
  readonly onTrouble: (error: MsgError) => void;
}

/**
 * Does something until it does not fail for a reason that passes (a full disk, a ledger that is held),
 * after longer and longer waits.
 *
 * @throws whatever does not pass; and the last failure once nothing is to be tried any more.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  { signal, onTrouble }: Patience,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      if (failures === 0) onTrouble(error);
      await pause(Math.min(FIRST * 2 ** failures, LONGEST), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
}
