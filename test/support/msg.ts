import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const PROGRAM = resolve('bin/msg.js');

/** How the program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run of the program gets besides its arguments. */
export interface RunOptions {
  /** MSG_HOME. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

/** A running `msg`, with what it has said so far. */
export class RunningMsg {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { home, env, input, cwd }: RunOptions) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: cwd ?? process.cwd(),
      env: { ...environment(), MSG_HOME: home, ...env },
    });
    this.child.stdout.setEncoding('utf8').on('data', (part: string) => (this.#stdout += part));
    this.child.stderr.setEncoding('utf8').on('data', (part: string) => (this.#stderr += part));
    this.child.stdin.on('error', () => undefined);
    this.child.stdin.end(input ?? '');
    this.ended = once(this.child, 'close').then(([code, signal]: unknown[]) => ({
      code: typeof code === 'number' ? code : null,
      signal: (signal ?? null) as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }
}

/** Runs `msg` to its end. */
export function msg(args: readonly string[], options: RunOptions): Promise<Ended> {
  return new RunningMsg(args, options).ended;
}

/** The surroundings without settings of the one who runs the tests, and without a terminal's wishes. */
function environment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('MSG_'),
  );
  return Object.fromEntries(entries);
}
