import type { HistoryRow, Ledger } from '../ledger/port.js';
import { publishPending } from '../messaging/publish.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { describeHistory, stateOf } from './message-json.js';

type OutgoingRow = Extract<HistoryRow, { direction: 'out' }>;

/** Lists what was kept and has not reached every recipient's inbox. */
export async function list(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const rows = await pending(session.ledger());
  const { stdout } = context.io;
  const text = context.json
    ? rows.map((row) => `${JSON.stringify(describeHistory(row))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: rows.flatMap(cells) }, stdout);
  await stdout.write(text);
  if (rows.length === 0) context.report.note('the outbox is empty');
}

/** Publishes what was kept: the very same bytes, under the same ids, oldest first. */
export async function flush(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const deps = session.messaging();
  const rows = await pending(deps.ledger);
  for (const row of rows) {
    const sealed = await deps.ledger.outgoingSealed(row.id);
    if (sealed === undefined) continue;
    const published = await publishPending(row, sealed, deps);
    const failed = published.find(({ failure }) => failure !== undefined);
    if (failed?.failure !== undefined) throw failed.failure.error;
    await context.io.stdout.write(`${row.id}\n`);
  }
  if (rows.length === 0) context.report.note('the outbox is empty');
}

const COLUMNS = [
  { title: 'id', whole: true },
  { title: 'peer' },
  { title: 'state' },
  { title: 'attempts', align: 'right' as const },
  { title: 'error' },
];

function cells(row: OutgoingRow): readonly (readonly string[])[] {
  return row.deliveries
    .filter(({ state }) => state !== 'sent')
    .map(({ recipient, state, attempts, error }) => [
      row.id,
      recipient,
      state,
      String(attempts),
      error ?? '',
    ]);
}

async function pending(ledger: Ledger): Promise<readonly OutgoingRow[]> {
  const rows = await ledger.list({ direction: 'out', limit: 1_000_000 });
  return rows.filter(
    (row): row is OutgoingRow => row.direction === 'out' && stateOf(row) !== 'sent',
  );
}
