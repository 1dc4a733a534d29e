/** A named piece of work. */
export interface Contestant {
  readonly name: string;
  readonly run: () => unknown;
}

/**
 * Microseconds that one run of each contestant takes, as the median of rounds in which each runs once.
 * Taking turns so closely, all find the same caches, clock rate and neighbours; and on a busy machine
 * most runs are over before the scheduler takes the processor away, so the median is one of those.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, number>> {
  const samples = contestants.map((): number[] => []);
  const warmUp = Math.ceil(rounds / 5);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const microseconds = await time(contestant);
      if (round >= 0) samples[index]?.push(microseconds);
    }
  }
  return new Map(contestants.map(({ name }, index) => [name, median(samples[index] ?? [])]));
}

async function time({ run }: Contestant): Promise<number> {
  const start = process.hrtime.bigint();
  const result = run();
  if (result instanceof Promise) await result;
  return Number(process.hrtime.bigint() - start) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
