import { readFailure } from './failure.js';
import { isGroupLoading } from './failure-rules.js';

/** A slow disk takes its time to make a topic, or to read that of the groups; in milliseconds. */
const PATIENCE = 30_000;
const ASK_EVERY = 250;

/** For how long requests are made again. */
export interface LoadingOptions {
  /** In milliseconds; half a minute where absent. */
  readonly patience?: number;
  /** Whether anybody still waits for the answer. */
  readonly isWanted?: () => boolean;
}

/** Whether a group's coordinator is only starting, as after its broker's start, or being replaced. */
export function isLoading(error: unknown): boolean {
  return isGroupLoading(readFailure(error));
}

/** Makes requests about a group again for as long as its coordinator is starting; then the last failure counts. */
export function onceLoaded<T>(
  requests: () => Promise<T>,
  options: LoadingOptions = {},
): Promise<T> {
  return askAgain(requests, { ...options, isPassing: isLoading });
}

/** Makes requests about a topic that was just made again until the broker that is asked knows it, too. */
export function onceThere<T>(requests: () => Promise<T>): Promise<T> {
  const isPassing = (error: unknown): boolean => {
    const { types } = readFailure(error);
    return types.has('UNKNOWN_TOPIC_OR_PARTITION') || types.has('LEADER_NOT_AVAILABLE');
  };
  return askAgain(requests, { isPassing });
}

async function askAgain<T>(
  requests: () => Promise<T>,
  {
    patience = PATIENCE,
    isWanted,
    isPassing,
  }: LoadingOptions & { readonly isPassing: (error: unknown) => boolean },
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
