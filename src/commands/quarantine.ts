import { suggestion } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import type { QuarantineFilter, QuarantineRow } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { KNOWN_REASONS } from '../topics/quarantine-reasons.js';
import { parseLimit } from './limit-argument.js';
import { describeQuarantined } from './message-json.js';
import { outline } from './outline.js';
import { parseTime } from './time-argument.js';

/** Which quarantined records a command is about. */
export interface QuarantineFilterOptions {
  readonly reason?: string | undefined;
  readonly from?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** What `msg quarantine list` was asked for. */
export interface QuarantineListOptions extends QuarantineFilterOptions {
  readonly limit?: string | undefined;
  readonly before?: string | undefined;
  readonly resolved?: boolean | undefined;
}

/** Lists the records that were refused for good. */
export async function list(options: QuarantineListOptions, context: Context): Promise<void> {
  const filter = {
    ...parseFilter(options, context.clock()),
    ...(options.resolved === true ? { resolved: true } : {}),
    ...(options.before === undefined ? {} : { before: parseNumber(options.before) }),
  };
  const limit = parseLimit(options.limit);
  const session = await context.session();
  // One more than wanted tells whether there is a page before.
  const found = await session.ledger().quarantine.list({ ...filter, limit: limit + 1 });
  const rows = found.slice(Math.max(found.length - limit, 0));
  const { stdout } = context.io;
  const text = context.json
    ? rows.map((row) => `${JSON.stringify(describeQuarantined(row))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: rows.map(cells) }, stdout);
  await stdout.write(text);
  if (rows.length === 0) await reportNothing(filter, context);
  const [first] = rows;
  if (found.length > limit && first !== undefined) {
    context.report.note(`there are older ones: see them with --before ${first.number}`);
  }
}

/** Shows everything about a refused record, and what to do about it. */
export async function show(
  { number }: { readonly number: string },
  context: Context,
): Promise<void> {
  const session = await context.session();
  const row = await requireQuarantined(number, context);
  const kept = await session.ledger().quarantine.sealed(row.number);
  const shown = { ...describeQuarantined(row), kept: kept?.bytes.length ?? 0 };
  const text = context.json ? JSON.stringify(shown) : outline(shown);
  await context.io.stdout.write(`${text}\n`);
}

/**
 * Finds a record in the quarantine by what the command line calls it.
 *
 * @throws MsgError `usage` or `not-found`.
 */
export async function requireQuarantined(text: string, context: Context): Promise<QuarantineRow> {
  const session = await context.session();
  const row = await session.ledger().quarantine.find(parseNumber(text));
  if (row !== undefined) return row;
  throw new MsgError('not-found', `no record ${text} in quarantine`, {
    hint: 'list them with "msg quarantine list"',
  });
}

/** Reads the filter's options. */
export function parseFilter(
  { reason, from: sender, since, until }: QuarantineFilterOptions,
  now: number,
): QuarantineFilter {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(sender === undefined ? {} : { sender }),
    ...(since === undefined ? {} : { since: parseTime(since, now) }),
    ...(until === undefined ? {} : { until: parseTime(until, now) }),
  };
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new MsgError('usage', `not the number of a record: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: 'the numbers are in the first column of "msg quarantine list"',
  });
}

/**
 * Says that there is nothing, and why that may be. The reasons are no closed set, another version may know
 * more of them: one that this version does not give, and for which nothing was ever refused, is a warning.
 */
export async function reportNothing(filter: QuarantineFilter, context: Context): Promise<void> {
  const { report } = context;
  if (Object.keys(filter).length === 0) {
    report.note('the quarantine is empty');
    return;
  }
  report.note('no record matches');
  const { reason } = filter;
  if (reason === undefined || KNOWN_REASONS.includes(reason)) return;
  const { quarantine } = (await context.session()).ledger();
  if ((await quarantine.list({ reason, resolved: true, limit: 1 })).length > 0) return;
  report.warn(
    `${JSON.stringify(reason.slice(0, 40))} is no reason that msg gives, and nothing was ever refused for it`,
    suggestion(reason, KNOWN_REASONS, 'see the reasons with "msg quarantine list --resolved"'),
  );
}

const COLUMNS = [
  { title: 'number', align: 'right' as const, whole: true },
  { title: 'time', whole: true },
  { title: 'claims to be from' },
  { title: 'reason', whole: true },
  { title: 'detail' },
];

function cells(row: QuarantineRow): readonly string[] {
  const { number, quarantinedAt, claimedSender = '', reason, detail, resolution } = row;
  const what = resolution === undefined ? reason : `${reason} (${resolution})`;
  return [String(number), new Date(quarantinedAt).toISOString(), claimedSender, what, detail];
}
