/** What a round has to keep, by a short name. */
export const PROMISES = {
  'exactly-once': 'every message is in the file sink exactly once, and nothing else is',
  'at-least-once': 'handlers see every message, and only repeats of the same one',
  confirmed: 'every payload in chunks is confirmed to its sender, who keeps nothing to send again',
  complete: 'nobody is told that a message is missing where every one of them has come',
  ends: 'every program comes to its end by itself, with the exit code of success',
  clean: 'no spool and no temporary file is left when nothing is under way',
} as const;

export type PromiseName = keyof typeof PROMISES;

/** A sentence that says what broke which promise. */
export interface Breach {
  readonly promise: PromiseName;
  readonly breach: string;
}

/** What a round has shown. */
export interface RoundReport {
  readonly messages: number;
  readonly bytes: number;
  /** How many of the messages went in chunks. */
  readonly inChunks: number;
  /** How many went in envelopes with others. */
  readonly inEnvelopes: number;
  /** Files in the sink, or calls of the handler. */
  readonly arrivals: number;
  /** Where each process died that was killed: a checkpoint, or `at random`. */
  readonly killedAt: readonly string[];
  readonly breaches: readonly Breach[];
}

/** The same promise broken in several ways. */
export function breachesOf(promise: PromiseName, sentences: readonly string[]): Breach[] {
  return sentences.map((breach) => ({ promise, breach }));
}
