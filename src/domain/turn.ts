/** Lets what waits in the event loop, such as an answer that has come, go first. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
