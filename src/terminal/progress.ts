import { formatByteSize } from '../domain/byte-size.js';
import { formatDuration } from '../domain/duration.js';
import type { Clock } from '../domain/environment.js';
import type { StatusLine } from './status-line.js';
import { truncate } from './width.js';
import { visible } from './visible.js';
import type { Output } from './streams.js';

/** One transfer, for those who look on. */
export interface Transfer {
  /** What is going on, such as the file's name. */
  readonly label: string;
  /** All bytes there are; undefined where nobody knows. */
  readonly total?: number | undefined;
  /** Bytes that were done before it began now: they count as done, not for the rate. */
  readonly before?: number | undefined;
  /** What else the numbers under `--json` say of it, such as the message's id. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

/** How progress is shown. */
export interface ProgressOptions extends Transfer {
  readonly stderr: Output;
  readonly status: StatusLine;
  readonly clock: Clock;
  /** `-q`: nothing is shown. */
  readonly quiet?: boolean;
  /** Lines of JSON instead of a line of the terminal, and also where there is none. */
  readonly json?: boolean;
}

/** The progress of one transfer. */
export interface Progress {
  /** So many more bytes are done. */
  advance(bytes: number): void;
  /** Takes the line away; call it on failure too. */
  finish(): void;
}

/** Nothing is shown for what is done sooner, in milliseconds. */
const PATIENCE = 1_000;
/** The shortest time between two drawings, and between two lines of JSON, in milliseconds. */
const INTERVAL = { line: 100, json: 1_000 };

/**
 * Bytes, rate and time left, for what takes longer than a second: a line on a terminal, rewritten in
 * place, or with `json` an object `{"progress": …}` a second.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stderr, status, clock, before = 0, json = false } = options;
  const isShown = options.quiet !== true && (json || stderr.isTTY);
  const interval = json ? INTERVAL.json : INTERVAL.line;
  const started = clock();
  let done = before;
  let drawnAt = started + PATIENCE - interval;
  return {
    advance(bytes) {
      done += bytes;
      const now = clock();
      if (!isShown || now - drawnAt < interval) return;
      drawnAt = now;
      const state = { ...options, done, before, elapsed: now - started };
      if (json) stderr.write(`${JSON.stringify(numbersOf(state))}\n`).catch(() => undefined);
      else status.show(describeProgress({ ...state, columns: stderr.columns - 1 }));
    },
    finish() {
      status.clear();
    },
  };
}

/** How far a transfer has come; `elapsed` in milliseconds, `done`, `before` and `total` in bytes. */
interface State {
  readonly done: number;
  readonly before?: number | undefined;
  readonly total?: number | undefined;
  readonly elapsed: number;
}

/**
 * `report.pdf  12.5 MiB of 100 MiB  12 %  40 MiB/s  3s left`. Where columns are scarce the label is
 * cut first.
 */
export function describeProgress(
  state: State & { readonly label: string; readonly columns: number },
): string {
  const figures = figuresOf(state).join('  ');
  const room = Math.max(state.columns - figures.length - 2, SHORTEST_LABEL);
  return truncate(`${truncate(visible(state.label), room)}  ${figures}`, state.columns);
}

const SHORTEST_LABEL = 8;

function figuresOf(state: State): readonly string[] {
  const { done, total } = state;
  const speed = `${formatByteSize(rateOf(state))}/s`;
  if (total === undefined) return [formatByteSize(done), speed];
  const share = total === 0 ? 100 : Math.floor((done / total) * 100);
  const figures = [`${formatByteSize(done)} of ${formatByteSize(total)}`, `${share} %`, speed];
  const left = secondsLeft(state);
  return left === undefined ? figures : [...figures, `${formatDuration(left * 1_000)} left`];
}

function numbersOf(state: State & Transfer): object {
  const { label, facts, done, total } = state;
  const rate = { bytesPerSecond: rateOf(state), secondsLeft: secondsLeft(state) };
  return { progress: { ...facts, label, done, total, ...rate } };
}

/** Bytes a second. */
function rateOf({ done, before = 0, elapsed }: State): number {
  return elapsed > 0 ? Math.round(((done - before) / elapsed) * 1_000) : 0;
}

function secondsLeft(state: State): number | undefined {
  const { done, total } = state;
  const rate = rateOf(state);
  return total === undefined || rate === 0 || done >= total
    ? undefined
    : Math.ceil((total - done) / rate);
}
