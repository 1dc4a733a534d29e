import { PLAIN, type Style } from './colour.js';
import type { Output } from './streams.js';
import { tsvField, visible } from './visible.js';
import { truncate, widthOf } from './width.js';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Never cut, however narrow the terminal: ids and other text that is copied. */
  readonly whole?: boolean;
}

/** Rows of untrusted text under columns. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const GAP = '  ';
const NARROWEST = 6;

/**
 * For a terminal: aligned columns under a heading, cut to the terminal's width. For a pipe: one line
 * a row without a heading, fields separated by tabs and whole, with `\`, tabs, newlines and control
 * characters escaped. Both end with a newline; a terminal gets nothing for no rows.
 */
export function renderTable(
  table: Table,
  output: Pick<Output, 'isTTY' | 'columns'>,
  style: Style = PLAIN,
): string {
  if (!output.isTTY) return table.rows.map((row) => `${row.map(tsvField).join('\t')}\n`).join('');
  if (table.rows.length === 0) return '';
  const cells = table.rows.map((row) => table.columns.map((_, index) => visible(row[index] ?? '')));
  const widths = fit(table.columns, naturalWidths(table.columns, cells), output.columns);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, table.columns[index]))
      .join(GAP)
      .trimEnd();
  const heading = line(table.columns.map((column) => column.title.toUpperCase()));
  return `${[style.bold(heading), ...cells.map(line)].join('\n')}\n`;
}

function naturalWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly number[] {
  return columns.map((column, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, widthOf(row[index] ?? '')),
      widthOf(column.title),
    ),
  );
}

/** Takes columns off the widest column that may be cut until the row fits. */
function fit(
  columns: readonly Column[],
  natural: readonly number[],
  available: number,
): readonly number[] {
  const widths = [...natural];
  let excess =
    widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - available;
  while (excess > 0) {
    const cuttable = widths.map((width, index) => (columns[index]?.whole === true ? 0 : width));
    const widest = Math.max(...cuttable);
    if (widest <= NARROWEST) break;
    widths[cuttable.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

function pad(cell: string, width: number, column: Column | undefined): string {
  const text = truncate(cell, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return column?.align === 'right' ? space + text : text + space;
}
