import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../files/durable-file.js';

/** How long a handler has between SIGTERM and SIGKILL, in milliseconds. */
const GRACE = 5_000;

/** How long output is waited for that a handler's own children still hold open, in milliseconds. */
const LINGER = 1_000;

/** How to run a handler. */
export interface HandlerRun {
  /** A command line for `/bin/sh -c`. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its standard input; nothing where absent. */
  readonly input?: Readable | undefined;
  /** After so many milliseconds it is ended, with everything it has started; never where absent. */
  readonly timeout?: number | undefined;
  /** How long it then has to end by itself, in milliseconds. */
  readonly grace?: number | undefined;
  /** Takes its standard output and error to their ends. */
  readonly onStdout: (stream: Readable) => Promise<void>;
  readonly onStderr: (stream: Readable) => Promise<void>;
  /** Holds the ids of the process groups that run; see {@link endGroups}. */
  readonly groups: Set<number>;
}

/** How a handler ended. */
export type HandlerEnd =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly how: 'timeout' };

type Handler = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Runs a handler in a process group of its own, so that a Ctrl-C at the listener does not reach it. Its
 * standard input may stay unread.
 *
 * @throws what kept it from being started, or its input from being read.
 */
export async function runHandler(run: HandlerRun): Promise<HandlerEnd> {
  const { command, env, input, timeout, grace = GRACE } = run;
  const child: Handler = spawn('/bin/sh', ['-c', command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env },
  });
  await once(child, 'spawn');
  const group = child.pid ?? 0;
  run.groups.add(group);
  const deadline = new Deadline(group, timeout, grace);
  try {
    const output = Promise.all([run.onStdout(child.stdout), run.onStderr(child.stderr)]);
    const fed = feed(child, input);
    const end = await endOf(child);
    // What ignored the request to end goes now.
    if (deadline.hasPassed) signalGroup(group, 'SIGKILL');
    await settleOutput(child, output);
    const inputFailure = await fed;
    if (inputFailure !== undefined && !deadline.hasPassed) throw inputFailure;
    return deadline.hasPassed ? { how: 'timeout' } : end;
  } finally {
    deadline.clear();
    run.groups.delete(group);
  }
}

async function endOf(child: Handler): Promise<HandlerEnd> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal === null ? { how: 'exit', code: code ?? 0 } : { how: 'signal', signal };
}

/** Whoever is in the background of the handler may hold its output for ever. */
async function settleOutput(child: Handler, output: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {
    child.stdout.destroy();
    child.stderr.destroy();
  }, LINGER);
  await output.catch((error: unknown) => {
    if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  clearTimeout(timer);
}

/** A handler need not read its input: only a failure to read the payload counts. */
async function feed({ stdin }: Handler, input: Readable | undefined): Promise<Error | undefined> {
  if (input === undefined) {
    stdin.on('error', () => undefined);
    stdin.end();
    return undefined;
  }
  let failure: Error | undefined;
  input.once('error', (error) => {
    if (!isBrokenPipe(error)) failure = error;
  });
  await pipeline(input, stdin).catch(() => undefined);
  return failure;
}

function isBrokenPipe(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Ends a handler that takes too long: SIGTERM to its group, and SIGKILL after a while. */
class Deadline {
  readonly #timers: NodeJS.Timeout[] = [];
  #hasPassed = false;

  constructor(group: number, timeout: number | undefined, grace: number) {
    if (timeout === undefined) return;
    const later = (signal: NodeJS.Signals, wait: number): void => {
      const timer = setTimeout(() => {
        this.#hasPassed = true;
        signalGroup(group, signal);
      }, wait);
      this.#timers.push(timer);
    };
    later('SIGTERM', timeout);
    later('SIGKILL', timeout + grace);
  }

  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** Asks everything that still runs to end: this process does not wait for it any more. */
export function endGroups(groups: ReadonlySet<number>): void {
  for (const group of groups) signalGroup(group, 'SIGTERM');
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group === 0) return;
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}
