import type { Connection } from '../sqlite/connection.js';

/** The port is asynchronous, SQLite is not: what is thrown becomes a rejection. */
export function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** A room of the ledger as a record of its methods, all of them asynchronous. */
export type Room<T> = { readonly [Name in keyof T]: (...parameters: never[]) => Promise<unknown> };

/**
 * The same room, but that a method which has committed something does not resolve before it is on the disk.
 *
 * @param hasty the methods that do: what they write may be forgotten and is then done again.
 */
export function durably<T extends Room<T>>(
  room: T,
  connection: Connection,
  hasty: readonly (keyof T)[] = [],
): T {
  const names: readonly PropertyKey[] = hasty;
  const methods = Object.entries<(...parameters: never[]) => Promise<unknown>>(room);
  const durable = methods.map(([name, method]) => [
    name,
    (...parameters: never[]) => {
      const { commits } = connection;
      const settled = method(...parameters);
      if (connection.commits === commits || names.includes(name)) return settled;
      return settled.then((result) => connection.durable().then(() => result));
    },
  ]);
  return Object.fromEntries(durable) as T;
}
