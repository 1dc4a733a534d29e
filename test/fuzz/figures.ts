import type { Find, Tally } from './run.js';
import { megabytes } from './run.js';

/** What a run came to: a part of what `--json` prints. */
export interface Figures {
  readonly seed: number;
  readonly first: number;
  readonly mutations: number;
  /** Which corpus: other figures are comparable only with the same one. */
  readonly corpus: string;
  readonly seconds: number;
  readonly outcomes: Tally['outcomes'];
  readonly slowestMilliseconds: number;
  readonly slowestIndex: number;
  readonly growthMegabytes: number;
  readonly finds: readonly Find[];
}

/** Two tallies as one: the slowest of both, and the larger growth. */
export function addUp(one: Tally, other: Tally): Tally {
  const outcomes: Tally['outcomes'] = {};
  for (const tally of [one, other]) {
    for (const [target, counts] of Object.entries(tally.outcomes)) {
      const sums = (outcomes[target] ??= {});
      for (const [outcome, count] of Object.entries(counts) as [keyof typeof sums, number][]) {
        sums[outcome] = (sums[outcome] ?? 0) + count;
      }
    }
  }
  const slower = one.slowest.milliseconds >= other.slowest.milliseconds ? one : other;
  return {
    outcomes,
    finds: [...one.finds, ...other.finds],
    slowest: slower.slowest,
    growth: Math.max(one.growth, other.growth),
  };
}

/** The figures of a tally. */
export function figuresOf(
  tally: Tally,
  run: Pick<Figures, 'seed' | 'first' | 'mutations' | 'corpus' | 'seconds'>,
): Figures {
  const { outcomes, slowest, growth, finds } = tally;
  return {
    ...{ ...run, seconds: Math.round(run.seconds), outcomes },
    slowestMilliseconds: Math.round(slowest.milliseconds * 10) / 10,
    ...{ slowestIndex: slowest.index, growthMegabytes: megabytes(growth), finds },
  };
}

/** So many finds are printed in full; all of them are counted. */
const SHOWN = 20;
const TRACE = 4;

/** The figures as text. */
export function describeFigures(figures: Figures): string {
  const { outcomes, finds, ...rest } = figures;
  const lines = Object.entries(rest).map(([name, value]) => `${name.padEnd(20)} ${value}`);
  const targets = Object.entries(outcomes).map(([target, counts]) => {
    const parts = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
    return `${target.padEnd(20)} ${parts.join(', ')}`;
  });
  const shown = finds.slice(0, SHOWN).map(({ index, target, sample, problem }) => {
    const [first = '', ...trace] = problem.split('\n');
    return [`FOUND ${index} (${target}: ${sample}) ${first}`, ...trace.slice(0, TRACE)].join('\n');
  });
  return [...lines, ...targets, `found ${finds.length}`, ...shown].join('\n');
}
