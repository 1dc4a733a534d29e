import { CUSTOMARY_VARIABLES, OTHER_VARIABLES } from '../config/variables.js';
import { ERROR_MEANINGS, EXIT_MEANINGS } from './exit-codes.js';
import { HANDLER_ANSWERS, VARIABLE_ENTRIES } from './handlers.js';
import { QUARANTINE_REASONS } from './quarantine-reasons.js';
import { SETTING_ENTRIES } from './settings.js';

/** The pages of the documentation that hold tables of the program's own. */
export const GENERATED_PAGES = [
  'docs/exit-codes.md',
  'docs/configuration.md',
  'docs/operations.md',
  'docs/handlers.md',
] as const;

/** A table's name in a page's markers, and how it is written. */
const TABLES: Readonly<Record<string, () => string>> = {
  'exit-codes': () =>
    table(
      ['code', 'meaning', 'what a scheduled job does'],
      EXIT_MEANINGS.map(({ code, meaning, reaction }) => [`\`${code}\``, meaning, reaction]),
    ),
  'error-codes': () =>
    table(
      ['error code', 'exit code', 'a retry can help', 'meaning'],
      ERROR_MEANINGS.map(({ code, exit, retryable, meaning }) => [
        ...[`\`${code}\``, `\`${exit}\``, retryable ? 'yes' : 'no', meaning],
      ]),
    ),
  settings: () =>
    table(
      ['setting', 'variable', 'what it is', 'value', 'built in'],
      SETTING_ENTRIES.map(({ key, variable, about, type, preset }) => [
        ...[
          `\`${key}\``,
          `\`${variable}\``,
          about,
          `\`${type}\``,
          preset === undefined ? '' : `\`${preset}\``,
        ],
      ]),
    ),
  'quarantine-reasons': () =>
    table(
      ['reason', 'what lies behind it', 'what to do'],
      Object.entries(QUARANTINE_REASONS).map(([reason, { cause, next }]) => [
        ...[`\`${reason}\``, cause, next],
      ]),
    ),
  'handler-variables': () =>
    table(
      ['variable', 'what it says'],
      VARIABLE_ENTRIES.map(([name, about]) => [`\`${name}\``, about]),
    ),
  'handler-answers': () =>
    table(
      ['exit code', 'HTTP status', 'so the message'],
      HANDLER_ANSWERS.map(({ exit, status, consequence }) => [exit, status, consequence]),
    ),
  variables: () => variables(OTHER_VARIABLES),
  'customary-variables': () => variables(CUSTOMARY_VARIABLES),
};

function variables(entries: Readonly<Record<string, string>>): string {
  const rows = Object.entries(entries).map(([name, about]) => [`\`${name}\``, about]);
  return table(['variable', 'what it does'], rows);
}

/**
 * A page with its tables written anew: what stands between `<!-- table: NAME -->` and
 * `<!-- end of table -->`.
 */
export function withTables(page: string): string {
  return page.replaceAll(
    /(<!-- table: ([a-z-]+) -->\n)[^]*?(<!-- end of table -->)/g,
    (whole, start: string, name: string, end: string) => {
      const render = TABLES[name];
      return render === undefined ? whole : `${start}\n${render()}\n\n${end}`;
    },
  );
}

/** A table as prettier lays it out: every column as wide as its widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(first), rule, ...others.map(line)].join('\n');
}
