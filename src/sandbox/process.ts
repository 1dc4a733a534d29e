import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A program to run beside msg. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Receives what it prints. */
  readonly logFile: string;
}

/** A program that ends with this process, a crash included, unless it is released. */
export interface StartedProcess {
  readonly child: ChildProcess;
  /** Lets it go on after this process. */
  readonly release: () => void;
}

/**
 * Replaces the shell by the program and leaves a watcher behind that ends the program when the pipe
 * from msg closes, which the kernel does however msg came to its end, before a line has come through.
 * It is nobody's child, since the program would never look after it.
 */
const GUARD =
  'exec 3<&0 </dev/null; ( { read -r _ <&3 || kill "$$"; } >/dev/null 2>&1 & ); exec "$@" 3<&-';

/** Starts a program in its own process group, so that Ctrl-C reaches msg first. */
export function startProcess({ command, args, logFile }: ProcessOptions): StartedProcess {
  const log = openSync(logFile, 'a', 0o600);
  const stdio = ['pipe', log, log] as const;
  try {
    const child =
      process.platform === 'win32'
        ? spawn(command, args, { stdio: [...stdio] })
        : spawn('/bin/sh', ['-c', GUARD, 'sh', command, ...args], {
            ...{ detached: true, stdio: [...stdio] },
          });
    return {
      child,
      release: () => {
        child.stdin?.end('\n');
        child.unref();
      },
    };
  } finally {
    closeSync(log);
  }
}

/** Whether a process of this id exists and may be signalled. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the process of this id was started to work in this directory: its command line names it.
 * The id alone says nothing, since the system gives the ids of ended processes to new ones.
 */
export function isAtWorkIn(directory: string, pid: number): boolean {
  return isRunning(pid) && commandLineOf(pid).includes(directory);
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // No Linux: ps prints the same, in full with -ww.
    const { stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
    });
    return typeof stdout === 'string' ? stdout : '';
  }
}

/** Ends a child and waits until it is gone: SIGTERM, and after `patience` ms SIGKILL. */
export async function stopChild(child: ChildProcess, patience = 5_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(timer);
}

/** Ends a process that an earlier msg left running, and waits until it is gone. */
export async function stopProcess(pid: number, patience = 5_000): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadline = performance.now() + patience;
  while (isRunning(pid)) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
