import { readFailure } from './failure.js';
import { isSettling as isSettlingFailure } from './failure-rules.js';

/** A slow disk takes its time to make a topic, or to read that of the groups; in milliseconds. */
const PATIENCE = 30_000;
const ASK_EVERY = 250;

/** For how long requests are made again. */
export interface SettlingOptions {
  /** In milliseconds; half a minute where absent. */
  readonly patience?: number;
  /** Whether anybody still waits for the answer. */
  readonly isWanted?: () => boolean;
}

/** Whether brokers are only choosing who leads a partition, or who coordinates a group and has to read first. */
export function isSettling(error: unknown): boolean {
  return isSettlingFailure(readFailure(error));
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
    isWanted,
    isPassing,
  }: SettlingOptions & { readonly isPassing: (error: unknown) => boolean },
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await requests();
    } catch (error) {
      if (!isPassing(error) || performance.now() > end || isWanted?.() === false) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}
