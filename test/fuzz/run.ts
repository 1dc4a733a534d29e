import { Chance } from '../torture/delivery/chance.js';
import type { Case, Outcome, Target } from './target.js';

/** The most CPU time that reading one mutation may take, in milliseconds. */
export const LONGEST = 100;
/** The most that the process may grow by, in bytes. */
export const LARGEST_GROWTH = 64 * 1024 * 1024;
/** How often a slow mutation is read again: a busy machine is slow at random, a trap always. */
const TRIES = 3;
/** In so many mutations a process reaches its working size: caches, compiled code, buffers. */
const WARM_UP = 2_000;
/** The size of the process is looked at every so many mutations. */
const SAMPLE = 8;
/** What is read faster than this, in milliseconds, is not measured again. */
const FAST = 10;
/** So many characters of Base64 of a find are shown. */
const SHOWN = 12_000;

/** Something that broke a promise. */
export interface Find {
  readonly index: number;
  readonly target: string;
  readonly sample: string;
  readonly problem: string;
  /** The changed bytes in Base64, the beginning of many. */
  readonly bytes: string;
}

/** What some mutations came to. */
export interface Tally {
  /** How many ended how, by target. */
  readonly outcomes: Record<string, Partial<Record<Outcome | 'find', number>>>;
  readonly finds: Find[];
  /** The most CPU time that reading one took, in milliseconds, and which one that was; 0 when all were fast. */
  slowest: { readonly milliseconds: number; readonly index: number };
  /** By how much the largest size of the process grew after the warm-up, in bytes. */
  growth: number;
}

/** A part of a run: the mutations from `first` on. */
export interface Shard {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Told which mutation comes next, before it is made. */
  readonly onNext?: (index: number) => void;
}

/** Makes and reads mutations one after the other; what is found does not end the run. */
export async function runShard(targets: readonly Target[], shard: Shard): Promise<Tally> {
  const { seed, first, count, onNext } = shard;
  const tally: Tally = {
    ...{ outcomes: {}, finds: [], slowest: { milliseconds: 0, index: first }, growth: 0 },
  };
  let [largest, settled] = [largestSize(), false];
  for (let index = first; index < first + count; index++) {
    onNext?.(index);
    const one = { ...caseOf(targets, seed, index), index };
    await take(one, tally);
    if ((index - first + 1) % SAMPLE !== 0 && index + 1 < first + count) continue;
    const size = largestSize();
    const growth = size - largest;
    if (growth > LARGEST_GROWTH)
      note(tally, one, `${megabytes(growth)} MB within ${SAMPLE} mutations`);
    if (settled) tally.growth += growth;
    settled ||= index - first >= WARM_UP;
    largest = size;
  }
  return tally;
}

interface Made {
  readonly target: Target;
  readonly made: Case;
}

type Numbered = Made & { readonly index: number };

/** The mutation of a number: the same for the same seed and corpus. */
function caseOf(targets: readonly Target[], seed: number, index: number): Made {
  const chance = new Chance(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77));
  let draw = chance.between(
    1,
    targets.reduce((sum, { weight }) => sum + weight, 0),
  );
  const target = targets.find(({ weight }) => (draw -= weight) <= 0);
  if (target === undefined) throw new Error('nothing to change');
  return { target, made: target.make(chance) };
}

async function take(one: Numbered, tally: Tally): Promise<void> {
  const began = performance.now();
  try {
    count(tally, one.target, await one.made.read());
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    note(tally, one, detail + causeOf(error));
  }
  const elapsed = performance.now() - began;
  if (elapsed <= Math.max(FAST, Math.min(LONGEST, tally.slowest.milliseconds))) return;
  const milliseconds = await leastTime(one.made, elapsed);
  if (milliseconds > tally.slowest.milliseconds) {
    tally.slowest = { milliseconds, index: one.index };
  }
  if (milliseconds > LONGEST) note(tally, one, `it took ${Math.round(milliseconds)} ms`);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return '';
  return `\ncaused by ${cause.stack ?? cause.message}${causeOf(cause)}`;
}

/** The least CPU time of some attempts, all threads of the process together. */
async function leastTime({ read }: Case, least: number): Promise<number> {
  let found = least;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = process.cpuUsage();
    await readQuietly(read);
    const { user, system } = process.cpuUsage(before);
    found = Math.min(found, (user + system) / 1_000);
  }
  return found;
}

async function readQuietly(read: Case['read']): Promise<void> {
  try {
    await read();
  } catch {
    // What it throws was noted the first time.
  }
}

function count(tally: Tally, { name }: Target, outcome: Outcome | 'find'): void {
  const counts = (tally.outcomes[name] ??= {});
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}

function note(tally: Tally, found: Numbered, problem: string): void {
  const { target, made, index } = found;
  count(tally, target, 'find');
  const bytes = Buffer.from(made.bytes).toString('base64').slice(0, SHOWN);
  tally.finds.push({ index, target: target.name, sample: made.sample, problem, bytes });
}

/** How large the process ever was, in bytes. */
function largestSize(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** Bytes in megabytes, as the figures show them. */
export function megabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}
