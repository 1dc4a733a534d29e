/** Never resolves: the end of what goes on beside something is no end of that. */
export async function whenItFails(running: Promise<void>): Promise<never> {
  await running;
  return new Promise<never>(() => undefined);
}
