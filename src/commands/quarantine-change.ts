import { MsgError } from '../errors.js';
import type { QuarantineRow } from '../ledger/port.js';
import { retryQuarantined, type RetryOutcome } from '../messaging/retry-quarantined.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import {
  parseFilter,
  reportNothing,
  requireQuarantined,
  type QuarantineFilterOptions,
} from './quarantine.js';

/** Which records `msg quarantine retry` and `msg quarantine drop` are about. */
export interface QuarantineChangeOptions extends QuarantineFilterOptions {
  readonly numbers: readonly string[];
  readonly all?: boolean | undefined;
  /** Drops what a filter finds without asking. */
  readonly yes?: boolean | undefined;
}

/** What became of a record, for the line that is printed about it. */
interface Change {
  readonly number: number;
  readonly outcome: RetryOutcome | 'dropped';
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
}

const STAYS: ReadonlySet<Change['outcome']> = new Set([
  'conflict',
  'refused',
  'expired',
  'incomplete',
]);

/** Judges refused records again and has those delivered that pass now. */
export async function retry(options: QuarantineChangeOptions, context: Context): Promise<void> {
  const session = await context.session();
  const rows = await select(options, context);
  const deps = session.offline();
  const changes: Change[] = [];
  for (const row of rows) {
    const outcome = await retryQuarantined(row, deps);
    const stays = STAYS.has(outcome) ? await deps.ledger.quarantine.find(row.number) : undefined;
    const { reason, detail } = stays ?? {};
    changes.push({ number: row.number, outcome, reason, detail });
    await print(changes.slice(-1), context);
  }
  const staying = changes.filter(({ outcome }) => STAYS.has(outcome)).length;
  if (changes.some(({ outcome }) => outcome === 'accepted' || outcome === 'requeued')) {
    context.report.note('"msg listen" delivers what passed');
  }
  if (staying === 0) return;
  throw new MsgError('message-refused', `${staying} of ${changes.length} stay in quarantine`, {
    hint: 'what to do about each is in "msg quarantine show NUMBER"',
  });
}

/** Puts refused records away for good. */
export async function drop(options: QuarantineChangeOptions, context: Context): Promise<void> {
  const session = await context.session();
  const rows = await select(options, context);
  if (options.numbers.length === 0) await confirm(rows.length, options, context);
  const { quarantine } = session.ledger();
  for (const { number } of rows) {
    const outcome = (await quarantine.drop(number)) ? 'dropped' : 'resolved';
    await print([{ number, outcome }], context);
  }
}

/** Records by number, or by what they have in common; never all of them unasked. */
async function select(
  options: QuarantineChangeOptions,
  context: Context,
): Promise<readonly QuarantineRow[]> {
  const filter = parseFilter(options, context.clock());
  const isFiltered = options.all === true || Object.keys(filter).length > 0;
  if (options.numbers.length > 0 === isFiltered) {
    throw new MsgError('usage', isFiltered ? 'give numbers or a filter, not both' : 'which ones?', {
      hint: 'give their numbers, --reason, --from, --since, --until, or --all',
    });
  }
  const session = await context.session();
  if (!isFiltered) {
    return Promise.all(options.numbers.map((number) => requireQuarantined(number, context)));
  }
  const rows = await session.ledger().quarantine.list(filter);
  if (rows.length === 0) await reportNothing(filter, context);
  return rows;
}

async function confirm(
  count: number,
  { yes }: QuarantineChangeOptions,
  { prompter }: Context,
): Promise<void> {
  if (count === 0 || yes === true) return;
  const message = `Drop ${count} ${count === 1 ? 'record' : 'records'} for good?`;
  if (await prompter.confirm({ message, flag: '--yes', default: false })) return;
  throw new MsgError('interrupted', 'nothing was dropped');
}

async function print(changes: readonly Change[], { io, json }: Context): Promise<void> {
  const text = json
    ? changes.map((change) => `${JSON.stringify(change)}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: changes.map(cells) }, { ...io.stdout, isTTY: false });
  await io.stdout.write(text);
}

const COLUMNS = ['number', 'outcome', 'reason', 'detail'].map((title) => ({ title }));

function cells({ number, outcome, reason, detail }: Change): readonly string[] {
  return [String(number), outcome, ...(reason === undefined ? [] : [reason, detail ?? ''])];
}
