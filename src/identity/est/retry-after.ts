/** The longest that a server can make a client wait before it asks again, in milliseconds. */
const LONGEST = 30 * 86_400_000;

/** An HTTP date as servers have to write it (RFC 9110, section 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads Retry-After (RFC 9110, section 10.2.3): seconds, or an HTTP date. At least a second from now,
 * at most 30 days.
 *
 * @param now Unix milliseconds
 * @returns Unix milliseconds, or undefined where there is none or it is neither.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const time = /^\d{1,12}$/.test(text)
    ? now + Number(text) * 1000
    : HTTP_DATE.test(text)
      ? Date.parse(text)
      : NaN;
  if (Number.isNaN(time)) return undefined;
  return Math.min(Math.max(time, now + 1000), now + LONGEST);
}
