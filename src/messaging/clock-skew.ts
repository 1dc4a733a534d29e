/** How far a sender's clock may run ahead of the log's, in milliseconds. */
export const CLOCK_SKEW = 5 * 60_000;
