import { MsgError } from '../../src/errors.js';

/** What a promise that must fail fails with, which must be an error that msg understands. */
export async function failureOf(promise: Promise<unknown>): Promise<MsgError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof MsgError) return outcome;
  throw new Error('it did not fail as msg does', { cause: outcome });
}
