import { spawn } from 'node:child_process';
import { redact } from '../domain/redact.js';

/** How a command for a secret ended, and what it wrote. */
export interface CommandOutcome {
  /** `timeout` when it was stopped, an error when it could not even be started. */
  readonly ending: number | NodeJS.Signals | 'timeout' | Error;
  /** Its stdout, cut a little above `largest`. */
  readonly output: string;
  /** The lines of its stderr, without anything that it also wrote to stdout. */
  readonly said: readonly string[];
}

/** How a command is run. */
export interface CommandLimits {
  /** In milliseconds. */
  readonly timeout: number;
  /** How many characters are kept of what it writes. */
  readonly largest: number;
  /** Whether its stderr is read; otherwise the command has this process's own. */
  readonly readsStderr: boolean;
}

/** How long after its end a command's streams are read: something it left running may hold them. */
const GRACE = 1_000;

/** Runs a command in the shell to its end, without standard input. */
export function runSecretCommand(command: string, limits: CommandLimits): Promise<CommandOutcome> {
  const { timeout, largest, readsStderr } = limits;
  // Not a process group of its own: that would take away the terminal from a command that asks there.
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', 'pipe', readsStderr ? 'pipe' : 'inherit'],
  });
  const [output, said] = [collect(child.stdout, largest), collect(child.stderr, largest)];
  return new Promise((resolve) => {
    const end = (ending: CommandOutcome['ending']): void => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.kill();
      resolve({ ending, output: output(), said: sayable(said(), output()) });
    };
    let timer = setTimeout(end, timeout, 'timeout');
    child.on('error', end);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      timer = setTimeout(end, GRACE, signal ?? code ?? 0);
    });
    child.on('close', (code, signal) => {
      end(signal ?? code ?? 0);
    });
  });
}

function collect(stream: NodeJS.ReadableStream | null, largest: number): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (part: string) => {
    if (text.length <= largest) text += part;
  });
  return () => text;
}

function sayable(said: string, output: string): readonly string[] {
  const printed = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  // The longest first: one line may be the beginning of another.
  return redact(
    said,
    printed.sort((a, b) => b.length - a.length),
  )
    .split(/\r?\n/)
    .filter((line) => line !== '');
}
