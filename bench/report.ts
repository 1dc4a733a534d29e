/** What a bench program found; `--json` prints it as one line. */
export interface Report {
  readonly name: string;
  /** Everything measured, by name, in the unit that the name says. */
  readonly figures: Readonly<Record<string, number>>;
  /** What the measured code is held against. */
  readonly comparedWith: string;
  /** The headline: measured over compared. */
  readonly ratio: number;
}

/** Prints a table with aligned columns and, where the command line asks for it, the report as JSON. */
export function printReport(rows: readonly (readonly string[])[], report: Report): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`${cells.join('  ')}\n`);
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report)}\n`);
}
