import { parseDuration } from '../domain/duration.js';
import { parseIsoTime } from '../domain/iso-time.js';
import { MsgError } from '../errors.js';
import type { Place } from '../transport/port.js';

/**
 * Reads a place in an inbox: `earliest`, `latest`, an offset, `@` and an ISO time, or `@-` and a
 * duration ago.
 *
 * @param now Unix milliseconds
 * @throws MsgError `usage`
 */
export function parsePlace(text: string, now: number): Place {
  if (text === 'earliest' || text === 'latest') return { from: text };
  if (/^\d{1,18}$/.test(text)) return { from: 'offset', offset: BigInt(text) };
  if (text.startsWith('@-')) return { from: 'time', at: now - parseDuration(text.slice(2)) };
  const at = text.startsWith('@') ? parseIsoTime(text.slice(1)) : undefined;
  if (at !== undefined) return { from: 'time', at };
  throw new MsgError('usage', `not a place in an inbox: ${text}`, {
    hint: 'use earliest, latest, an offset, @2026-01-31T08:00:00Z or @-2h',
  });
}
