import { ANSWERS, type Answered } from '../domain/attested.js';
import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Ledger, ReceiptFilter } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { refuseUnknown } from './known-peer.js';
import { parseLimit } from './limit-argument.js';
import { iso } from './message-json.js';
import { outlines } from './outline.js';
import { cameIn, describeReceipt, wentOut, type AnyReceipt } from './receipt-json.js';
import { parseTime } from './time-argument.js';

/** What `msg receipt list` was asked for. */
export interface ReceiptListOptions {
  readonly with?: string | undefined;
  readonly says?: string | undefined;
  readonly in?: boolean | undefined;
  readonly out?: boolean | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit?: string | undefined;
}

/** Lists receipts and rejections, those that came and those that were given, the newest last. */
export async function list(options: ReceiptListOptions, context: Context): Promise<void> {
  const filter = parseFilter(options, context.clock());
  const session = await context.session();
  await refuseUnknown(filter.peer, session);
  const receipts = await find(filter, options, session.ledger());
  const { stdout } = context.io;
  const text = context.json
    ? receipts.map((one) => `${JSON.stringify(describeReceipt(one))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: receipts.map(cells) }, stdout);
  await stdout.write(text);
  if (receipts.length === 0) context.report.note('no receipt matches');
}

/** Shows everything about the receipts of one message. */
export async function show(options: { readonly id: string }, context: Context): Promise<void> {
  const id = parseMessageId(options.id);
  const session = await context.session();
  const receipts = await find({ id }, {}, session.ledger());
  if (receipts.length === 0) throw noReceipt(id);
  await context.io.stdout.write(outlines(receipts.map(describeReceipt), context));
}

/** The error for a message that has no receipts. */
export function noReceipt(id: string): MsgError {
  return new MsgError('not-found', `the ledger has no receipt for ${id}`, {
    hint: 'list what it has with "msg receipt list"; a receipt has to be asked for: msg send --receipt',
  });
}

async function find(
  filter: ReceiptFilter,
  { in: isIn, out: isOut }: Pick<ReceiptListOptions, 'in' | 'out'>,
  ledger: Ledger,
): Promise<readonly AnyReceipt[]> {
  const found: AnyReceipt[] = [];
  if (isOut !== true || isIn === true) {
    found.push(...(await ledger.receipts.list(filter)).map(cameIn));
  }
  if (isIn !== true || isOut === true) {
    for (const row of await ledger.answers.list(filter)) found.push(await wentOut(row, ledger));
  }
  found.sort((a, b) => a.at - b.at || a.row.number - b.row.number);
  return filter.limit === undefined ? found : found.slice(-filter.limit);
}

const COLUMNS = [
  { title: 'time', whole: true },
  { title: '' },
  { title: 'peer' },
  { title: 'says' },
  { title: 'message', whole: true },
  { title: 'detail' },
];

function cells(receipt: AnyReceipt): readonly string[] {
  const { direction, at, row } = receipt;
  const peer = receipt.direction === 'in' ? receipt.row.peer : receipt.row.sender;
  const why = [row.reason, row.detail].filter((part) => part !== undefined).join(': ');
  const waits = receipt.direction === 'out' && receipt.state !== 'sent' ? receipt.state : '';
  const detail = [why, waits].filter((part) => part !== '').join(', ');
  return [iso(at), direction, peer, row.says, row.id, detail];
}

function parseFilter(options: ReceiptListOptions, now: number): ReceiptFilter {
  const { with: peer, says, since, until } = options;
  return {
    ...(peer === undefined ? {} : { peer: parsePeerName(peer) }),
    ...(says === undefined ? {} : { says: parseAnswered(says) }),
    ...(since === undefined ? {} : { since: parseTime(since, now) }),
    ...(until === undefined ? {} : { until: parseTime(until, now) }),
    limit: parseLimit(options.limit),
  };
}

function parseAnswered(text: string): Answered {
  const word = ANSWERS.find((one) => one === text);
  if (word !== undefined) return word;
  throw new MsgError('usage', `no receipt says ${JSON.stringify(text.slice(0, 40))}`, {
    hint: `one of ${ANSWERS.join(', ')}`,
  });
}
