const SHAPE =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * Reads a date, or a date with a time, in the extended format of ISO 8601. A date alone begins in
 * UTC; a time without a zone is local, as ECMA-262 has it. Unlike `Date.parse`, nothing else is taken
 * for a time: V8 makes the year 2001 of `1`.
 *
 * @returns Unix milliseconds, or undefined when it is no such time.
 */
export function parseIsoTime(text: string): number | undefined {
  const time = SHAPE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
