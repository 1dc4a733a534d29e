import { LISTED_STATES } from '../domain/message-states.js';
import { suggestion } from '../domain/nearest.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { HistoryRow, Ledger, MessageFilter } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { refuseUnknown } from './known-peer.js';
import { parseLimit } from './limit-argument.js';
import { describeHistory, stateOf } from './message-json.js';
import { receiptsOf, receiptWord } from './receipt-json.js';
import { parseTime } from './time-argument.js';

/** What `msg message list` was asked for. */
export interface MessageListOptions {
  readonly with?: string | undefined;
  readonly in?: boolean | undefined;
  readonly out?: boolean | undefined;
  readonly state?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly cid?: string | undefined;
  readonly limit?: string | undefined;
}

/** Lists what the ledger knows, the newest last. */
export async function run(options: MessageListOptions, context: Context): Promise<void> {
  const filter = parseFilter(options, context.clock());
  const session = await context.session();
  await refuseUnknown(filter.peer, session);
  const ledger = session.ledger();
  const rows = await ledger.history.list(filter);
  const { stdout } = context.io;
  const text = context.json
    ? (await jsonLines(rows, ledger)).join('')
    : renderTable({ columns: COLUMNS, rows: await table(rows, ledger) }, stdout);
  await stdout.write(text);
  if (rows.length === 0) context.report.note('no message matches');
}

const COLUMNS = [
  { title: 'time', whole: true },
  { title: '' },
  { title: 'peer' },
  { title: 'state' },
  { title: 'id', whole: true },
  { title: 'type' },
  { title: 'receipt', whole: true },
];

async function jsonLines(rows: readonly HistoryRow[], ledger: Ledger): Promise<string[]> {
  const lines: string[] = [];
  for (const row of rows) {
    lines.push(`${JSON.stringify(describeHistory(row, await receiptsOf(row, ledger)))}\n`);
  }
  return lines;
}

async function table(rows: readonly HistoryRow[], ledger: Ledger): Promise<string[][]> {
  const lines: string[][] = [];
  for (const row of rows) lines.push(cells(row, await receiptWord(row, ledger)));
  return lines;
}

function cells(row: HistoryRow, receipt: string): string[] {
  const at = row.direction === 'in' ? row.receivedAt : row.createdAt;
  const peer =
    row.direction === 'in'
      ? row.sender
      : row.deliveries.map(({ recipient }) => recipient).join(',');
  const arrow = row.direction === 'in' ? 'in' : 'out';
  const time = new Date(at).toISOString();
  return [time, arrow, peer, stateOf(row), row.id, row.type ?? '', receipt];
}

function parseFilter(options: MessageListOptions, now: number): MessageFilter {
  const { with: peer, state, since, until, cid } = options;
  if (state !== undefined && !LISTED_STATES.includes(state)) {
    throw new MsgError('usage', `not a state: ${state}`, {
      hint: suggestion(state, LISTED_STATES, `one of ${LISTED_STATES.join(', ')}`),
    });
  }
  return {
    ...(options.in === true && options.out !== true ? { direction: 'in' as const } : {}),
    ...(options.out === true && options.in !== true ? { direction: 'out' as const } : {}),
    ...(peer === undefined ? {} : { peer: parsePeerName(peer) }),
    ...(state === undefined ? {} : { state }),
    ...(since === undefined ? {} : { since: parseTime(since, now) }),
    ...(until === undefined ? {} : { until: parseTime(until, now) }),
    ...(cid === undefined ? {} : { correlationId: cid }),
    limit: parseLimit(options.limit),
  };
}
