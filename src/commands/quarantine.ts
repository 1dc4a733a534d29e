import { MsgError } from '../errors.js';
import type { QuarantineRow } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { refuseBinary } from '../terminal/input.js';
import { renderTable } from '../terminal/table.js';
import { describeQuarantined } from './message-json.js';

const LISTED = 1_000;

/** Lists the records that were refused for good. */
export async function list(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const rows = await session.ledger().quarantine.list({ limit: LISTED });
  const { stdout } = context.io;
  const text = context.json
    ? rows.map((row) => `${JSON.stringify(describeQuarantined(row))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: rows.map(cells) }, stdout);
  await stdout.write(text);
  if (rows.length === 0) context.report.note('the quarantine is empty');
}

/** Writes a refused record out as it came. */
export async function exportRecord(
  { number: wanted }: { readonly number: string },
  context: Context,
): Promise<void> {
  const session = await context.session();
  const rows = await session.ledger().quarantine.list({ limit: LISTED });
  const row = rows.find(({ number }) => String(number) === wanted);
  if (row === undefined) {
    throw new MsgError('not-found', `no record ${wanted} in quarantine`, {
      hint: 'list them with "msg quarantine list"',
    });
  }
  refuseBinary(context.io.stdout, '> FILE');
  await context.io.stdout.write(row.sealed);
}

const COLUMNS = [
  { title: 'number', align: 'right' as const, whole: true },
  { title: 'time', whole: true },
  { title: 'claims to be from' },
  { title: 'reason', whole: true },
  { title: 'detail' },
];

function cells(row: QuarantineRow): readonly string[] {
  const { number, quarantinedAt, claimedSender = '', reason, detail } = row;
  return [String(number), new Date(quarantinedAt).toISOString(), claimedSender, reason, detail];
}
