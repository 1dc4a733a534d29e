import type { RandomSource } from '../domain/environment.js';

/** How long to wait between tries, in milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait after so many failures: doubling from the first to the longest, and of that a
 * random part between half and all, so that those who failed together do not come back together.
 *
 * @param failures from 1 on.
 * @returns milliseconds
 */
export function backoffAfter(failures: number, backoff: Backoff, random: RandomSource): number {
  const full = Math.min(backoff.first * 2 ** Math.min(failures - 1, 30), backoff.longest);
  const fraction = Buffer.from(random(2)).readUInt16BE() / 0x1_0000;
  return Math.round(full / 2 + (full / 2) * fraction);
}
