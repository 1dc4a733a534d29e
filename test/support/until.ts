/** Something to wait for: a value that is truthy once it has come about. */
export type Condition<T> = () => T | Promise<T>;

const POLL_INTERVAL = 10;

/**
 * Polls until the condition holds and gives what it returned, so that tests wait for what they mean
 * and never sleep.
 *
 * @param what names the thing awaited; it is what a failing test shows.
 * @param within the deadline in milliseconds.
 */
export async function until<T>(
  what: string,
  condition: Condition<T>,
  within = 20_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
}
