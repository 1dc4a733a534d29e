/** The port is asynchronous, SQLite is not: what is thrown becomes a rejection. */
export function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
