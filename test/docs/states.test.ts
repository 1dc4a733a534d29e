import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ledgerSchema } from '../../src/ledger/schema.js';

const OPERATIONS = readFileSync('docs/operations.md', 'utf8');

const PARAGRAPHS = OPERATIONS.split(/\n(?:\n|(?=- ))/);

/** What stands as code in the first cell of a row of one of its tables. */
const EXPLAINED: readonly string[] = [...OPERATIONS.matchAll(/^\|([^|]*)\|/gm)].flatMap(
  ([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
);

/** Columns whose values are named, but say nothing about how far something has come. */
const NO_STATES: ReadonlySet<string> = new Set(['kind']);

/** Every value that a column of the ledger may have, by the constraints of its tables. */
function statesOf(sql: string): [table: string, column: string, state: string][] {
  return [...sql.matchAll(/CREATE TABLE (\w+) \(([\s\S]*?)\n\) STRICT/g)].flatMap(
    ([, table = '', body = '']) =>
      [...body.matchAll(/CHECK \((\w+) IN\s+\(([^)]+)\)\)/g)].flatMap(
        ([, column = '', values = '']) =>
          [...values.matchAll(/'([^']+)'/g)].map(([, state = '']): [string, string, string] => [
            table,
            column,
            state,
          ]),
      ),
  );
}

describe('the operations manual', () => {
  const schema = ledgerSchema(
    () => 0,
    (length) => Buffer.alloc(length),
  );
  const states = statesOf(schema.migrations.map((step) => step()).join('\n')).filter(
    ([, column]) => !NO_STATES.has(column),
  );

  it('is compared with every table that has states', () => {
    expect(new Set(states.map(([table]) => table))).toEqual(
      new Set([
        'answers',
        'batch_items',
        'deliveries',
        'inbox',
        'quarantine',
        'readers',
        'receipts',
      ]),
    );
  });

  it.each(states)('says what it means in %s that %s is %s', (table, _column, state) => {
    const names = (one: string): boolean =>
      [table, state].every((word) => one.includes(`\`${word}\``));
    expect(EXPLAINED.includes(state) || PARAGRAPHS.some(names)).toBe(true);
  });
});
