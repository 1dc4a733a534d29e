import { setTimeout } from 'node:timers/promises';
import { isAway } from './away.js';
import { readFailure } from './failure.js';
import { isSettling as isSettlingFailure } from './failure-rules.js';

/** A slow disk takes its time to make a topic, or to read that of the groups; in milliseconds. */
const PATIENCE = 30_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 500;

/** For how long requests are made again. */
export interface SettlingOptions {
  /** In milliseconds; half a minute where absent. */
  readonly patience?: number;
  /** Ends the waiting: the last failure then counts. */
  readonly signal?: AbortSignal;
}

/**
 * Whether brokers are only choosing who leads a partition, or who coordinates a group and has to read
 * first, or have not missed yet one that is away.
 */
export function isSettling(error: unknown): boolean {
  const failure = readFailure(error);
  return isAway(failure) || isSettlingFailure(failure);
}

/** Makes requests again for as long as the brokers are settling who answers; then the last failure counts. */
export function onceSettled<T>(
  requests: () => Promise<T>,
  options: SettlingOptions = {},
): Promise<T> {
  return askAgain(requests, { ...options, isPassing: isSettling });
}

/** Makes requests about a topic that was just made again until the brokers that are asked know it, too. */
export function onceThere<T>(requests: () => Promise<T>): Promise<T> {
  const isPassing = (error: unknown): boolean => {
    const { types } = readFailure(error);
    return types.has('UNKNOWN_TOPIC_OR_PARTITION') || isSettling(error);
  };
  return askAgain(requests, { isPassing });
}

async function askAgain<T>(
  requests: () => Promise<T>,
  {
    patience = PATIENCE,
    signal,
    isPassing,
  }: SettlingOptions & { readonly isPassing: (error: unknown) => boolean },
): Promise<T> {
  const end = performance.now() + patience;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await requests();
    } catch (error) {
      if (!isPassing(error) || performance.now() > end) throw error;
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted === true) throw error;
    }
  }
}
