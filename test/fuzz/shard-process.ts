import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Find, Shard, Tally } from './run.js';

/** A mutation that is not read in so many milliseconds never is. */
const HANGS_AFTER = 30_000;
const LOOK_EVERY = 500;
/** Garbage is collected early, so that what is kept shows; a heap that runs over ends the process. */
const FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=96'];

/** How a process ended that was to make and read a shard's mutations. */
export type ShardOutcome =
  | { readonly kind: 'done'; readonly tally: Tally }
  /** It crashed at a mutation, or read it without an end; what came before is not known. */
  | { readonly kind: 'lost'; readonly find: Find };

/** Makes a shard in a process of its own, which may crash and hang. */
export async function startShard(shard: Shard, progress: string): Promise<ShardOutcome> {
  closeSync(openSync(progress, 'w'));
  const { seed, first, count } = shard;
  const numbers = Object.entries({ seed, first, mutations: count });
  const child = spawn(
    process.execPath,
    [
      ...FLAGS,
      ...['scripts/run-ts.js', 'test/fuzz/main.ts', '--progress', progress],
      ...numbers.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part));
  const ended = once(child, 'close').then(() => 'ended' as const);
  const watched = new AbortController();
  const how = await Promise.race([ended, hang(progress, watched.signal)]);
  watched.abort();
  child.kill('SIGKILL');
  await ended;
  process.off('exit', onExit);
  if (how === 'ended' && child.exitCode === 0) {
    return { kind: 'done', tally: JSON.parse(output) as Tally };
  }
  const index = Math.max(first, indexIn(progress) ?? first);
  const end = child.signalCode ?? `exit code ${String(child.exitCode)}`;
  const problem = how === 'hangs' ? 'reading it does not end' : `the process ended with ${end}`;
  return { kind: 'lost', find: { index, target: '?', sample: '?', problem, bytes: '' } };
}

/** Resolves when a mutation takes too long. */
async function hang(progress: string, signal: AbortSignal): Promise<'hangs'> {
  let [last, since] = [indexIn(progress), performance.now()];
  for (;;) {
    await pause(LOOK_EVERY);
    if (signal.aborted) return 'hangs';
    const index = indexIn(progress);
    if (index !== last) [last, since] = [index, performance.now()];
    if (performance.now() - since > HANGS_AFTER) return 'hangs';
  }
}

function indexIn(progress: string): number | undefined {
  const text = readFileSync(progress, 'utf8').trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Notes in a file which mutation comes next, over and over. */
export function progressWriter(progress: string): (index: number) => void {
  const file = openSync(progress, 'w');
  return (index) => writeSync(file, String(index).padEnd(12), 0);
}
