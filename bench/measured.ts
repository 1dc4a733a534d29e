import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process took. */
export interface Measured {
  readonly seconds: number;
  /** The largest resident set of it, and of all its children together, in bytes. */
  readonly peak: number;
  readonly stdout: string;
}

const EVERY = 50;

/** Runs a process to its end, and looks meanwhile how much memory it holds. @throws when it fails. */
export async function measured(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr = (stderr + part.toString()).slice(-4000)));
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentOf(child.pid ?? 0));
  }, EVERY);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr}`);
  return { seconds, peak, stdout };
}

/** The resident set of a process and of everything it has started, in bytes. */
function residentOf(pid: number): number {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readOr(`/proc/${entry}/stat`);
    parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
  }
  const isOurs = (one: number): boolean => {
    for (let at: number | undefined = one; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === pid) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isOurs).reduce((sum, one) => sum + resident(one), 0);
}

function resident(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`))?.[1] ?? '0';
  return Number(kilobytes) * 1024;
}

/** A process may end between two looks. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
