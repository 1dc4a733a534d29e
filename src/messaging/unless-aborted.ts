/**
 * What comes first: an outcome, or the wish to end, which gives undefined. What then still becomes of it
 * is nobody's business any more, a failure included.
 */
export async function unlessAborted<T>(
  running: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  let abort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    abort = (): void => {
      resolve(undefined);
    };
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    running.catch(() => undefined);
  }
}
