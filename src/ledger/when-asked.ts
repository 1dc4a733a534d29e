/**
 * A record whose values are made when they are first asked for, and kept: a short command asks for few.
 *
 * @param makers makes each of them; called once, or again while it throws.
 */
export function whenAsked<T extends object>(makers: {
  readonly [Name in keyof T]: () => T[Name];
}): T {
  const record = {} as T;
  for (const name of Object.keys(makers) as (keyof T)[]) {
    Object.defineProperty(record, name, {
      ...{ enumerable: true, configurable: true },
      get: () => {
        const value = makers[name]();
        Object.defineProperty(record, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return record;
}
