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
      const text = describeProgress({ ...options, done, elapsed: now - started });
      status.show(truncate(text, stderr.columns - 1));
    },
    finish() {
      status.clear();
    },
  };
}

/**
 * `report.pdf  12.5 MiB of 100 MiB  12 %  40 MiB/s  2s left`.
 *
 * @param state - `elapsed` in milliseconds, the rest in bytes
 */
export function describeProgress(state: {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly elapsed: number;
}): string {
  const { done, total, elapsed } = state;
  const rate = elapsed > 0 ? (done / elapsed) * 1_000 : 0;
  const parts = [visible(state.label)];
  if (total === undefined) parts.push(formatByteSize(done));
  else {
    parts.push(`${formatByteSize(done)} of ${formatByteSize(total)}`);
    parts.push(`${total === 0 ? 100 : Math.floor((done / total) * 100)} %`);
  }
  parts.push(`${formatByteSize(Math.round(rate))}/s`);
  if (total !== undefined && rate > 0 && done < total) {
    const seconds = Math.ceil((total - done) / rate);
    parts.push(`${formatDuration(seconds * 1_000)} left`);
  }
  return parts.join('  ');
}
