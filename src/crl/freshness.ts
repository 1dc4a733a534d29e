/** What decides when a distribution point is asked again. Times in Unix milliseconds. */
export interface ListAge {
  readonly fetchedAt: number;
  readonly thisUpdate: number;
  /** Absent in lists that vouch for nothing. */
  readonly nextUpdate: number | undefined;
  /** For how long HTTP says that the answer stays fresh, in milliseconds. */
  readonly httpLifetime: number | undefined;
}

const MINUTE = 60_000;
/** How long before its nextUpdate a list's successor is looked for: a tenth of its life, at most… */
const LONGEST_LEAD = 60 * MINUTE;
/** …and how often meanwhile. An authority publishes the successor some time before, not at once. */
const ASK_FOR_SUCCESSOR = 5 * MINUTE;
/** The first pause after a failure; it doubles with each that follows… */
const FIRST_PAUSE = MINUTE / 2;
/** …up to this. */
const LONGEST_PAUSE = 15 * MINUTE;

/**
 * When a list that is at hand is due to be asked for again: after `maxAge`, earlier if HTTP says so
 * (never later: a list is not fresh because a web server has a long memory) or if its nextUpdate
 * comes near, and not more often than every minute.
 */
export function dueAt(age: ListAge, maxAge: number): number {
  const { fetchedAt, thisUpdate, nextUpdate, httpLifetime = maxAge } = age;
  const byAge = fetchedAt + Math.min(maxAge, Math.max(httpLifetime, MINUTE));
  if (nextUpdate === undefined) return byAge;
  const lead = Math.min(LONGEST_LEAD, Math.max(0, nextUpdate - thisUpdate) / 10);
  const pause = fetchedAt < nextUpdate ? ASK_FOR_SUCCESSOR : MINUTE;
  const bySuccessor = Math.max(nextUpdate - lead, fetchedAt + Math.min(pause, lead));
  return Math.min(byAge, bySuccessor);
}

/** When an address may be asked again that has failed so often in a row, the last time at `failedAt`. */
export function retryAt(failedAt: number, failures: number): number {
  return failedAt + Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE);
}
