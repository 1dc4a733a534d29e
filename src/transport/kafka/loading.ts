import { readFailure } from './failure.js';
import { isGroupLoading } from './failure-rules.js';

/** A slow disk takes its time to make the topic of the groups, or to read it; in milliseconds. */
const PATIENCE = 30_000;
const ASK_EVERY = 250;

/** Whether a group's coordinator is only starting, as after its broker's start, or being replaced. */
export function isLoading(error: unknown): boolean {
  return isGroupLoading(readFailure(error));
}

/** For how long requests about a group are made again. */
export interface LoadingOptions {
  /** In milliseconds; half a minute where absent. */
  readonly patience?: number;
  /** Whether anybody still waits for the answer. */
  readonly isWanted?: () => boolean;
}

/** Makes requests about a group again for as long as its coordinator is starting; then the last failure counts. */
export async function onceLoaded<T>(
  requests: () => Promise<T>,
  { patience = PATIENCE, isWanted }: LoadingOptions = {},
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await requests();
    } catch (error) {
      if (!isLoading(error) || performance.now() > end || isWanted?.() === false) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}
