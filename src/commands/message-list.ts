import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { HistoryRow, MessageFilter } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { parseLimit } from './limit-argument.js';
import { describeHistory, stateOf } from './message-json.js';
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

const STATES = [
  'received',
  'delivering',
  'done',
  'quarantined',
  'queued',
  'publishing',
  'sent',
  'failed',
  'expired',
  'cancelled',
];

/** Lists what the ledger knows, the newest last. */
export async function run(options: MessageListOptions, context: Context): Promise<void> {
  const filter = parseFilter(options, context.clock());
  const session = await context.session();
  const rows = await session.ledger().history.list(filter);
  const { stdout } = context.io;
  const text = context.json
    ? rows.map((row) => `${JSON.stringify(describeHistory(row))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: rows.map(cells) }, stdout);
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
];

function cells(row: HistoryRow): readonly string[] {
  const at = row.direction === 'in' ? row.receivedAt : row.createdAt;
  const peer =
    row.direction === 'in'
      ? row.sender
      : row.deliveries.map(({ recipient }) => recipient).join(',');
  const arrow = row.direction === 'in' ? 'in' : 'out';
  return [new Date(at).toISOString(), arrow, peer, stateOf(row), row.id, row.type ?? ''];
}

function parseFilter(options: MessageListOptions, now: number): MessageFilter {
  const { with: peer, state, since, until, cid } = options;
  if (state !== undefined && !STATES.includes(state)) {
    throw new MsgError('usage', `not a state: ${state}`, { hint: `one of ${STATES.join(', ')}` });
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
