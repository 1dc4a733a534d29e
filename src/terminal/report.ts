import { formsOf, redact } from '../domain/redact.js';
import { MsgError } from '../errors.js';
import { type Style, PLAIN } from './colour.js';
import type { StatusLine } from './status-line.js';
import type { Output } from './streams.js';
import { visible } from './visible.js';

/** How much goes to stderr: `-q` is -1, the default 0, `-v` 1, `-vv` 2. */
export type Verbosity = -1 | 0 | 1 | 2;

/** What `-q` and a number of `-v` amount to; `-q` wins. */
export function verbosityOf(flags: {
  readonly quiet: boolean;
  readonly verbose: number;
}): Verbosity {
  if (flags.quiet) return -1;
  return flags.verbose >= 2 ? 2 : flags.verbose === 1 ? 1 : 0;
}

/** How a {@link Report} speaks. */
export interface ReportOptions {
  readonly stderr: Output;
  readonly verbosity: Verbosity;
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  /** MSG_DEBUG: topics separated by commas, `*` for all. */
  readonly debug?: string | undefined;
  readonly style?: Style;
  /** Cleared before anything is printed. */
  readonly status?: StatusLine;
}

/** Everything msg says on stderr. Nothing here throws, and nothing waits but `flush`. */
export interface Report {
  readonly verbosity: Verbosity;
  /** `msg: error: ...`, always; the stack and what lies underneath with `-vv`. */
  error(error: unknown): void;
  /** `msg: warning: ...`, unless `-q`. */
  warn(message: string, hint?: string): void;
  /** `msg: ...`, unless `-q`. */
  note(message: string): void;
  /** `msg: ...` with `-v`. */
  detail(message: string): void;
  /** `msg: debug: <topic>: ...` where MSG_DEBUG names the topic. */
  debug(topic: string, message: string): void;
  /** Whether {@link Report.debug} would print, for messages that cost something to make. */
  isDebugging(topic: string): boolean;
  /** From now on the value appears as `***` in everything printed. */
  hide(value: string): void;
  /** Resolves when everything said so far was handed to the kernel. */
  flush(): Promise<void>;
}

type Level = 'error' | 'warning' | 'note' | 'debug';

/** Opens the report on one stderr. */
export function createReport(options: ReportOptions): Report {
  const { stderr, verbosity, json, style = PLAIN } = options;
  const topics = new Set((options.debug ?? '').split(/[\s,]+/));
  const hidden = new Set<string>();
  let pending: Promise<unknown> = Promise.resolve();

  const print = (text: string): void => {
    options.status?.clear();
    const written = stderr.write(`${text}\n`).catch(() => undefined);
    pending = Promise.all([pending, written]);
  };
  // Each text by itself: what stands around it, JSON above all, has to stay what it is.
  const clean = (text: string): string => redact(text, hidden);
  const say = (level: Level, said: string, more: Readonly<Record<string, string>> = {}): void => {
    const message = clean(said);
    if (json) print(JSON.stringify({ [level]: { message, ...more } }));
    else print(lineOf(level, message, more, style));
  };
  const isDebugging = (topic: string): boolean => topics.has(topic) || topics.has('*');

  return {
    verbosity,
    error(thrown) {
      const error = asMsgError(thrown);
      const stack = verbosity >= 2 ? { stack: stackOf(error, clean) } : {};
      const [message, hint] = [clean(error.message), hintOf(error, clean)];
      const { code, retryable } = error;
      if (json) print(JSON.stringify({ error: { code, message, ...hint, retryable, ...stack } }));
      else print([lineOf('error', message, hint, style), stack.stack ?? []].flat().join('\n'));
    },
    warn(message, hint) {
      if (verbosity >= 0) say('warning', message, hint === undefined ? {} : { hint: clean(hint) });
    },
    note(message) {
      if (verbosity >= 0) say('note', message);
    },
    detail(message) {
      if (verbosity >= 1) say('note', message);
    },
    debug(topic, message) {
      if (isDebugging(topic)) say('debug', message, { topic });
    },
    isDebugging,
    hide(value) {
      for (const form of formsOf(value)) hidden.add(form);
    },
    async flush() {
      await pending;
    },
  };
}

/** The error as msg understands it; what it does not understand is a bug of msg's own. */
export function asMsgError(thrown: unknown): MsgError {
  if (thrown instanceof MsgError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MsgError('bug', `unexpected failure: ${message}`, {
    hint: 'this is a bug in msg; run the command again with -vv and report what it prints',
    cause: thrown,
  });
}

const LABELS = { error: 'error: ', warning: 'warning: ', note: '', debug: 'debug: ' } as const;

function lineOf(
  level: Level,
  message: string,
  more: Readonly<Record<string, string>>,
  style: Style,
): string {
  const paint = { error: style.red, warning: style.yellow, note: style.bold, debug: style.dim };
  const topic = more['topic'] === undefined ? '' : `${more['topic']}: `;
  const line = `${paint[level](`msg: ${LABELS[level]}`.trimEnd())} ${visible(topic + message)}`;
  if (more['hint'] === undefined) return line;
  return `${line}\n${style.cyan('msg: hint:')} ${visible(more['hint'])}`;
}

function hintOf({ hint }: MsgError, clean: (text: string) => string): { readonly hint?: string } {
  return hint === undefined ? {} : { hint: clean(hint) };
}

/** The stacks of an error and of the errors underneath it, line by line. */
function stackOf(error: MsgError, clean: (text: string) => string): readonly string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    const text = `${depth === 0 ? '' : 'caused by: '}${current.stack ?? current.message}`;
    const cleaned = clean(text).split('\n');
    lines.push(...cleaned.map((line) => `  ${visible(line)}`));
    current = current.cause;
  }
  return lines;
}
