import { MsgError } from '../errors.js';

/** Whether a failure is the directory's or the log's being away, which passes. */
export function isPassing(error: unknown): error is MsgError {
  return error instanceof MsgError && error.retryable;
}
