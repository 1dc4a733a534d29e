import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

/** Whether util-linux's `script`, which opens pseudo-terminals, is there. With CI it has to be. */
export function hasPseudoTerminal(): boolean {
  const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  const found = status === 0 && stdout.includes('util-linux');
  if (!found && process.env['CI'] === 'true') throw new Error('script of util-linux is missing');
  if (!found) console.warn('skipped: prompts in a real terminal, for want of script (util-linux)');
  return found;
}

/** A program running in a pseudo-terminal. */
export interface TerminalSession {
  /** Everything the terminal was sent so far. */
  screen(): string;
  /** Waits until the terminal shows the text. */
  shows(text: string): Promise<void>;
  type(keys: string): void;
  /** The program's exit code, 128 and the number of the signal that ended it. */
  readonly exitCode: Promise<number>;
}

/** Runs a shell command with a terminal of its own as its three streams. */
export function runInTerminal(
  command: string,
  env: Readonly<Record<string, string>> = {},
): TerminalSession {
  const { PATH = '' } = process.env;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    env: { PATH, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    screen += part;
  });
  onTestFinished(() => {
    child.kill();
  });
  return {
    screen: () => screen,
    async shows(text) {
      await until(`the terminal shows ${text}`, () => screen.includes(text), 60_000);
    },
    type(keys) {
      child.stdin.write(keys);
    },
    exitCode: new Promise((resolve) => {
      child.on('close', (code) => {
        resolve(code ?? -1);
      });
    }),
  };
}
