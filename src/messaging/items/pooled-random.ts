import type { RandomSource } from '../../domain/environment.js';

const POOL = 8 * 1024;

/** A random source that draws much at once: each draw from the system costs as much as the bytes do. */
export function pooled(random: RandomSource): RandomSource {
  let pool: Uint8Array = new Uint8Array();
  return (length) => {
    if (length > POOL) return random(length);
    if (pool.length < length) pool = random(POOL);
    const drawn = pool.subarray(0, length);
    pool = pool.subarray(length);
    return drawn;
  };
}
