const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The 32-bit hash by which Kafka's own producers spread keys over partitions; signed, as in Java. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length & ~3;
  let hash = SEED ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(view.getInt32(at, true), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed ^ (mixed >>> 24), MULTIPLIER);
  }
  const rest = data.subarray(whole);
  if (rest.length > 0) {
    const tail = rest.reduce((sum, byte, index) => sum | (byte << (8 * index)), 0);
    hash = Math.imul(hash ^ tail, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition that Kafka's default partitioner gives a key. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}
