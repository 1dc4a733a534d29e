import { parseDuration } from '../domain/duration.js';
import { parseIsoTime } from '../domain/iso-time.js';
import { MsgError } from '../errors.js';

/**
 * Reads a point in time: ISO 8601, or a duration that is meant backwards from now, such as `2h`.
 *
 * @param now Unix milliseconds
 * @returns Unix milliseconds
 * @throws MsgError `usage`
 */
export function parseTime(text: string, now: number): number {
  if (/^\d+(?:ms|[smhd])/.test(text)) return now - parseDuration(text);
  const time = parseIsoTime(text);
  if (time !== undefined) return time;
  throw new MsgError('usage', `not a time: ${text}`, {
    hint: 'write 2026-01-31, 2026-01-31T08:00:00Z, or how long ago, such as 2h',
  });
}
