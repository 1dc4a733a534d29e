import { MsgError } from '../errors.js';

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const SHAPE = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Reads a length of time such as `60s`, `24h`, `1h30m`, `250ms` or `0`; units from large to small,
 * each at most once.
 *
 * @returns milliseconds
 * @throws MsgError `usage` when it is none, or too large to count.
 */
export function parseDuration(text: string): number {
  const match = text === '' ? null : SHAPE.exec(text === '0' ? '0ms' : text);
  if (match === null) throw notADuration(text);
  const total = Object.values(UNITS).reduce(
    (sum, size, index) => sum + Number(match[index + 1] ?? 0) * size,
    0,
  );
  if (!Number.isSafeInteger(total)) throw notADuration(text);
  return total;
}

/**
 * Reads after how long a message expires, as {@link parseDuration} does.
 *
 * @returns milliseconds, at least 1
 * @throws MsgError `usage` also for none at all: nobody could be in time.
 */
export function parseLifetime(text: string): number {
  const lifetime = parseDuration(text);
  if (lifetime > 0) return lifetime;
  throw new MsgError('usage', `a message that expires after ${text} is delivered to nobody`, {
    hint: 'give a longer time, such as 1h; without any a message does not expire',
  });
}

function notADuration(text: string): MsgError {
  return new MsgError('usage', `not a duration: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: 'write a number with its unit (ms, s, m, h or d), such as 90s or 1h30m',
  });
}

/** Writes whole milliseconds so that {@link parseDuration} reads them back: 5400000 is `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  const parts = Object.entries(UNITS).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('') || '0';
}
