import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A Node process that a test has started, with the lines it has printed so far. */
export interface Child {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  /** Everything it wrote to stderr. */
  readonly complaints: () => string;
  /** Resolves with the exit code (null after a signal) when all output has been read. */
  readonly ended: Promise<number | null>;
}

/** Starts `node program ...args`; it is killed after the test at the latest. */
export function startChild(program: string, args: readonly string[]): Child {
  const process = spawn('node', [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    process.kill('SIGKILL');
  });
  const lines: string[] = [];
  let complaints = '';
  createInterface({ input: process.stdout }).on('line', (line) => lines.push(line));
  process.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(process, 'close').then(() => process.exitCode);
  return { process, lines, complaints: () => complaints, ended };
}
