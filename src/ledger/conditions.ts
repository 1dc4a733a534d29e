import type { Bindable } from '../sqlite/connection.js';

/** A condition of a WHERE clause with its values, or undefined where a filter says nothing. */
export type Condition = readonly [sql: string, ...values: Bindable[]] | undefined;

/** A WHERE clause of all the conditions that there are, and the values for it. */
export function conditions(given: readonly Condition[]): { where: string; values: Bindable[] } {
  const all = given.filter((condition) => condition !== undefined);
  const where = all.map(([sql]) => sql).join(' AND ');
  return {
    where: where === '' ? '' : `WHERE ${where}`,
    values: all.flatMap(([, ...values]) => values),
  };
}
