import { formatByteSize } from '../domain/byte-size.js';
import { formatDuration } from '../domain/duration.js';
import type { Clock } from '../domain/environment.js';
import type { StatusLine } from './status-line.js';
import { truncate } from './width.js';
import { visible } from './visible.js';
import type { Output } from './streams.js';

/** What a progress line is about. */
export interface ProgressOptions {
  readonly stderr: Output;
  readonly status: StatusLine;
  readonly clock: Clock;
  /** What is going on, such as the file's name. */
  readonly label: string;
  /** All bytes there are; undefined where nobody knows. */
  readonly total?: number;
  /** `-q`: nothing is shown. */
  readonly quiet?: boolean;
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
/** The shortest time between two drawings, in milliseconds. */
const INTERVAL = 100;

/** A line with bytes, rate and time left, on a terminal only, for what takes longer than a second. */
export function createProgress(options: ProgressOptions): Progress {
  const { stderr, status, clock } = options;
  const started = clock();
  let done = 0;
  let drawnAt = started + PATIENCE - INTERVAL;
  return {
    advance(bytes) {
      done += bytes;
      const now = clock();
      if (options.quiet === true || !stderr.isTTY || now - drawnAt < INTERVAL) return;
      drawnAt = now;
      const state = { ...options, done, elapsed: now - started, columns: stderr.columns - 1 };
      status.show(describeProgress(state));
    },
    finish() {
      status.clear();
    },
  };
}

/**
 * `report.pdf  12.5 MiB of 100 MiB  12 %  40 MiB/s  3s left`. Where columns are scarce the label is
 * cut first.
 *
 * @param state - `elapsed` in milliseconds, `done` and `total` in bytes
 */
export function describeProgress(state: {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly elapsed: number;
  readonly columns: number;
}): string {
  const figures = figuresOf(state).join('  ');
  const room = Math.max(state.columns - figures.length - 2, SHORTEST_LABEL);
  return truncate(`${truncate(visible(state.label), room)}  ${figures}`, state.columns);
}

const SHORTEST_LABEL = 8;

function figuresOf(state: {
  readonly done: number;
  readonly total?: number;
  readonly elapsed: number;
}): readonly string[] {
  const { done, total, elapsed } = state;
  const rate = elapsed > 0 ? (done / elapsed) * 1_000 : 0;
  const speed = `${formatByteSize(Math.round(rate))}/s`;
  if (total === undefined) return [formatByteSize(done), speed];
  const share = total === 0 ? 100 : Math.floor((done / total) * 100);
  const figures = [`${formatByteSize(done)} of ${formatByteSize(total)}`, `${share} %`, speed];
  if (rate === 0 || done >= total) return figures;
  const seconds = Math.ceil((total - done) / rate);
  return [...figures, `${formatDuration(seconds * 1_000)} left`];
}
