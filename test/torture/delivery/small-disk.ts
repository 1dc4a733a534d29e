import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rename, rm, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Verdict } from '../verdict.js';

const run = promisify(execFile);

/** What a disk holds while there is room, in bytes. */
const ROOMY = 1024 ** 3;

/** Set for a process that may mount file systems. */
const MARK = 'TORTURE_MAY_MOUNT';

/** Whether this process may mount file systems: see {@link runWhereDisksCanBeMounted}. */
export function mayMount(): boolean {
  return process.env[MARK] === 'yes';
}

/**
 * Runs a program of this folder in a name space of its own, where an ordinary user may mount; what is
 * mounted there goes with it.
 */
export async function runWhereDisksCanBeMounted(
  name: string,
  args: readonly string[],
): Promise<Verdict> {
  const program = [process.execPath, 'scripts/run-ts.js', 'test/torture/main.ts', name, '--json'];
  const flags = ['--user', '--map-root-user', '--mount'];
  const child = spawn('unshare', [...flags, ...program, ...args], {
    env: { ...process.env, [MARK]: 'yes' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill('SIGTERM'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  await once(child, 'close');
  if (said === '') throw new Error('the run in a name space of its own said nothing');
  return JSON.parse(said) as Verdict;
}

/** A file system in memory that can become full, and have room again. */
export class SmallDisk {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Mounts one over a directory. */
  static async mount(directory: string): Promise<SmallDisk> {
    await mkdir(directory, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY}`, 'tmpfs', directory]);
    return new SmallDisk(directory);
  }

  /** From now on nothing more fits on it. */
  async fill(): Promise<void> {
    for (;;) {
      const { blocks, bfree, bsize } = await statfs(this.#directory);
      // A size of 0 would mean no limit. Refused when more has been written meanwhile.
      const used = Math.max(1, blocks - bfree) * bsize;
      const isFull = await this.#resize(used).catch(() => false);
      if (isFull) return;
    }
  }

  /** There is room again. */
  async empty(): Promise<void> {
    await this.#resize(ROOMY);
  }

  /** Unmounts it, with what is on it left in the directory. */
  async unmountKeeping(): Promise<void> {
    const kept = `${this.#directory}.kept`;
    await cp(this.#directory, kept, { recursive: true });
    await this.unmount();
    await rm(this.#directory, { recursive: true });
    await rename(kept, this.#directory);
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.#directory]);
  }

  async #resize(size: number): Promise<true> {
    await run('mount', ['-o', `remount,size=${size}`, this.#directory]);
    return true;
  }
}
