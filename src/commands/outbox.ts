import { MsgError } from '../errors.js';
import type { HistoryRow, Ledger } from '../ledger/port.js';
import type { MessagingDeps } from '../messaging/deps.js';
import { publishPending } from '../messaging/publish.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { describeHistory } from './message-json.js';

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
  let first: MsgError | undefined;
  for (const row of rows) {
    const failure = await flushOne(row, deps);
    if (failure === undefined) await context.io.stdout.write(`${row.id}\n`);
    else if (failure.code === 'broker-unreachable') throw failure;
    else context.report.warn(`${row.id} waits: ${failure.message}`);
    first ??= failure;
  }
  if (first !== undefined) throw first;
  if (rows.length === 0) context.report.note('the outbox is empty');
}

/** One inbox that refuses must not hold up the others: says why, if not everyone has it now. */
async function flushOne(row: OutgoingRow, deps: MessagingDeps): Promise<MsgError | undefined> {
  const sealed = await deps.ledger.outbox.sealed(row.id);
  if (sealed === undefined) return new MsgError('bug', `the outbox lost the bytes of ${row.id}`);
  const published = await publishPending(row, sealed, deps);
  return published.find(({ failure }) => failure !== undefined)?.failure?.error;
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
  const lists = [
    await ledger.history.list({ direction: 'out', state: 'queued' }),
    await ledger.history.list({ direction: 'out', state: 'publishing' }),
  ];
  const rows = new Map<string, OutgoingRow>();
  for (const row of lists.flat()) if (row.direction === 'out') rows.set(row.id, row);
  return [...rows.values()].sort((a, b) => a.number - b.number);
}
