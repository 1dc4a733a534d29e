import { randomBytes } from 'node:crypto';
import type { Clock, RandomSource } from './domain/environment.js';
import type { GlobalOptions } from './program/globals.js';
import { styleFor } from './terminal/colour.js';
import { createReport, verbosityOf, type Report } from './terminal/report.js';
import { createProgress, type Progress, type Transfer } from './terminal/progress.js';
import { createPrompter, type Prompter } from './terminal/prompt.js';
import { createStatusLine, type StatusLine } from './terminal/status-line.js';
import { createIO, type IO } from './terminal/streams.js';
import type { Session, SessionOptions } from './session/session.js';

/** How long a clean stop may take after the first signal, in milliseconds. */
const DRAIN = 10_000;

/** What a command works with. */
export interface Context {
  readonly io: IO;
  readonly report: Report;
  readonly prompter: Prompter;
  /** Whether stdout carries JSON. */
  readonly json: boolean;
  readonly globals: GlobalOptions;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Shows how far something has come, for as long as it lasts. */
  progress(transfer: Transfer): Progress;
  /** The profile's settings and, opened when first used, everything they name. */
  session(): Promise<Session>;
  /**
   * Aborts at the first SIGINT or SIGTERM. Asking for it is what makes the command responsible for
   * a clean stop; until then a signal ends the process at once.
   *
   * @param inHand what is finished first, for the one who waits for it.
   */
  drainSignal(inHand: string): AbortSignal;
  /** Calls back at each SIGUSR1, until the signal aborts. */
  onStatusSignal(tell: () => void, until: AbortSignal): void;
  /** The exit code of a command that neither fails nor is simply done. */
  exitWith(code: number): void;
}

/** One run of the program. */
export interface Runtime {
  readonly report: Report;
  readonly exitCode: number;
  /** Runs an action with its context, and closes what it opened. */
  run(globals: GlobalOptions, action: (context: Context) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Ties the program to a process: its streams, clock, random source and signals. */
export function createRuntime(process: NodeJS.Process): Runtime {
  const io = createIO(process);
  const status = createStatusLine(io.stderr);
  let report = createReport({ stderr: io.stderr, verbosity: 0, json: false });
  let exitCode = 0;
  let session: Promise<Session> | undefined;

  const context = (globals: GlobalOptions): Context => ({
    io,
    report,
    prompter: createPrompter({ io, noInput: globals.noInput, colour: globals.colour }),
    json: globals.json,
    globals,
    clock: () => Date.now(),
    random: (length) => randomBytes(length),
    progress: (transfer) =>
      createProgress({
        ...transfer,
        ...{ stderr: io.stderr, status, clock: () => Date.now() },
        ...{ quiet: globals.quiet, json: globals.json },
      }),
    session() {
      session ??= import('./session/session.js').then(
        ({ Session }) => new Session(sessionOptions(this)),
      );
      return session;
    },
    drainSignal: (inHand) =>
      drainOnSignals(process, (name) => {
        report.note(`${name}: finishing ${inHand}; once more to stop at once`);
        exitCode = name === 'SIGINT' ? 130 : 0;
      }),
    onStatusSignal: (tell, until) => {
      process.on('SIGUSR1', tell);
      until.addEventListener('abort', () => process.off('SIGUSR1', tell));
    },
    exitWith: (code) => {
      exitCode = code;
    },
  });

  return {
    get report() {
      return report;
    },
    get exitCode() {
      return exitCode;
    },
    async run(globals, action) {
      report = await reportFor(globals, io, status);
      await action(context(globals));
      await report.flush();
    },
    async close() {
      await (await session?.catch(() => undefined))?.close();
    },
  };
}

async function reportFor(globals: GlobalOptions, io: IO, status: StatusLine): Promise<Report> {
  return createReport({
    stderr: io.stderr,
    verbosity: verbosityOf(globals),
    json: globals.json,
    status,
    debug: io.env['MSG_DEBUG'],
    style: await styleFor(io.stderr, io.env, globals.colour),
  });
}

function sessionOptions({ globals, io, clock, random, prompter, report }: Context): SessionOptions {
  return {
    ...{ profile: globals.profile, flags: globals.settings, env: io.env, cwd: process.cwd() },
    ...{ clock, random },
    ask: (question, flag) => prompter.password({ message: `${question}:`, flag }),
    warn: (sentence) => {
      report.warn(sentence);
    },
    debug: (topic, line) => {
      report.debug(topic, line);
    },
    onCommandSays: io.stderr.isTTY
      ? undefined
      : (line) => {
          report.warn(line);
        },
    hide: (secret) => {
      report.hide(secret);
    },
  };
}

/** One wish to stop may come twice: npx passes on what the terminal sends anyway, and so does conf. */
const ECHO = 300;

/** SIGINT or SIGTERM once: finish what is in hand and say so. Twice, or after the drain time: now. */
function drainOnSignals(
  process: NodeJS.Process,
  onFirst: (name: NodeJS.Signals) => void,
): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ECHO) process.exit(130);
      return;
    }
    first = performance.now();
    onFirst(name);
    controller.abort();
    setTimeout(() => process.exit(130), DRAIN).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
