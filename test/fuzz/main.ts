/**
 * `npm run fuzz -- [--mutations N] [--seed S] [--first K] [--json]`: changes real certificates,
 * revocation lists, envelopes, receipts, chunks and headers, and reads each as the program does.
 * Mutation K of seed S is the same every time, so that a run goes on with `--first` where another
 * ended, and a find comes again with `--first K --mutations 1`. Exit code 0: nothing was found; 1:
 * something was; 2: wrong use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadCorpus } from './corpus.js';
import { addUp, describeFigures, figuresOf, type Figures } from './figures.js';
import { LARGEST_GROWTH, megabytes, runShard, type Shard, type Tally } from './run.js';
import { progressWriter, startShard } from './shard-process.js';
import { targetsOf } from './targets.js';

const USAGE = 'usage: npm run fuzz -- [--mutations N] [--seed S] [--first K] [--json]';
/** So many mutations a process makes: memory is judged by process, and a crash costs one shard. */
const SHARD = 25_000;
const VECTORS = process.env['MSG_VECTORS'] ?? '../shared/vectors';

interface Options extends Shard {
  readonly asJson: boolean;
  /** Where a process that makes one shard notes which mutation it is at. */
  readonly progress: string | undefined;
}

const options = parse(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else if (options.progress !== undefined) {
  const targets = targetsOf(await loadCorpus(VECTORS));
  const tally = await runShard(targets, { ...options, onNext: progressWriter(options.progress) });
  process.stdout.write(JSON.stringify(tally));
} else {
  const figures = await runAll(options);
  process.stdout.write(`${options.asJson ? JSON.stringify(figures) : describeFigures(figures)}\n`);
  process.exitCode = figures.finds.length === 0 ? 0 : 1;
}

function parse(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        mutations: { type: 'string', default: '20000' },
        seed: { type: 'string', default: '1' },
        first: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
        progress: { type: 'string' },
      },
    });
    const { mutations, seed, first, json, progress } = values;
    if (![mutations, seed, first].every((text) => /^\d{1,9}$/.test(text))) return undefined;
    const numbers = { count: Number(mutations), seed: Number(seed), first: Number(first) };
    return { ...numbers, asJson: json, progress };
  } catch {
    return undefined;
  }
}

/** Makes shard after shard; after a crash or a hang it goes on behind the mutation that was to blame. */
async function runAll({ seed, first, count }: Options): Promise<Figures> {
  const { digest, foreign } = await loadCorpus(VECTORS);
  if (foreign.length === 0) process.stderr.write(`no test data in ${VECTORS}: changing less\n`);
  const home = mkdtempSync(join(tmpdir(), 'msg-fuzz-'));
  const began = performance.now();
  let total: Tally = {
    outcomes: {},
    finds: [],
    slowest: { milliseconds: 0, index: first },
    growth: 0,
  };
  try {
    for (let next = first; next < first + count;) {
      const shard = { seed, first: next, count: Math.min(SHARD, first + count - next) };
      const outcome = await startShard(shard, join(home, 'progress'));
      const tally = outcome.kind === 'done' ? judged(outcome.tally, next) : lost(outcome.find);
      total = addUp(total, tally);
      next = outcome.kind === 'done' ? next + shard.count : outcome.find.index + 1;
      process.stderr.write(`${next - first} of ${count}: ${total.finds.length} found\n`);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  const seconds = (performance.now() - began) / 1_000;
  return figuresOf(total, { seed, first, mutations: count, corpus: digest, seconds });
}

function judged(tally: Tally, index: number): Tally {
  if (tally.growth <= LARGEST_GROWTH) return tally;
  const problem = `the process grew by ${megabytes(tally.growth)} MB from this mutation on`;
  const find = { ...{ index, target: '?', sample: '?', problem }, bytes: '' };
  return { ...tally, finds: [...tally.finds, find] };
}

function lost(find: Tally['finds'][number]): Tally {
  return {
    outcomes: {},
    finds: [find],
    slowest: { milliseconds: 0, index: find.index },
    growth: 0,
  };
}
