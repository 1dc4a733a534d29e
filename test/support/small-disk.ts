import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How a shell script runs with a small disk of its own. */
export interface SmallDisk {
  /** Where the disk is mounted; the script's `$DISK`. */
  readonly directory: string;
  /** How much it holds, in bytes. */
  readonly size: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a script of `sh` that sees an empty file system of a fixed size at a directory. */
export async function onSmallDisk(script: string, disk: SmallDisk): Promise<string> {
  const { stdout } = await run('unshare', argumentsFor(script, disk), {
    env: { ...process.env, ...disk.env, DISK: disk.directory },
  });
  return stdout;
}

/** Whether this system lets an ordinary user mount a file system in a namespace of its own. */
export function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'msg-mount-'));
  try {
    execFileSync('unshare', argumentsFor('true', { directory, size: 65_536 }), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function argumentsFor(script: string, { directory, size }: SmallDisk): string[] {
  const mount = `mount -t tmpfs -o size=${size} tmpfs "$0" && exec sh -c "$1"`;
  return ['--user', '--map-root-user', '--mount', 'sh', '-c', mount, directory, script];
}
