import type { IncomingHttpHeaders } from 'node:http';

/**
 * For how long an answer stays fresh by its own account (RFC 9111, section 4.2): Cache-Control, else
 * Expires, less the time it has spent in caches on the way. In milliseconds; undefined where it does
 * not say.
 */
export function httpLifetimeOf(headers: IncomingHttpHeaders): number | undefined {
  const lifetime = byCacheControl(headers['cache-control']) ?? byExpires(headers);
  if (lifetime === undefined) return undefined;
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0;
  return Math.max(0, lifetime - age) * 1000;
}

function byCacheControl(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/(?:^|,)\s*no-(?:cache|store)\b/i.test(header)) return 0;
  const seconds = /(?:^|,)\s*max-age\s*=\s*"?(\d{1,9})"?/i.exec(header)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Without a Date the answer was made just now, as far as its lifetime is concerned: unknown. */
function byExpires({ expires, date }: IncomingHttpHeaders): number | undefined {
  if (expires === undefined || date === undefined) return undefined;
  const [end, start] = [Date.parse(expires), Date.parse(date)];
  // "0" and other dates that are none mean "expired already" (section 5.3).
  return Number.isNaN(end) || Number.isNaN(start) ? 0 : Math.max(0, (end - start) / 1000);
}
