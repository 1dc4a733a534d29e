import { parseMessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import type { HistoryRow, Ledger } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { refuseBinary } from '../terminal/input.js';
import { describeHistory } from './message-json.js';
import { outlines } from './outline.js';
import { receiptsOf } from './receipt-json.js';

/** What `msg message show` was asked for. */
export interface MessageShowOptions {
  readonly id: string;
  /** Write the sealed bytes instead: what any CMS tool opens. */
  readonly sealed?: boolean | undefined;
}

/** Shows everything the ledger knows about a message, or gives out its sealed bytes. */
export async function run(options: MessageShowOptions, context: Context): Promise<void> {
  const id = parseMessageId(options.id);
  const session = await context.session();
  const rows = await session.ledger().history.find(id);
  if (rows.length === 0) {
    throw new MsgError('not-found', `the ledger has no message ${id}`, {
      hint: 'list what it has with "msg message list"; refused records are in "msg quarantine list"',
    });
  }
  if (options.sealed === true) return writeSealed(rows, session.ledger(), context);
  const shown: object[] = [];
  for (const row of rows) shown.push(describeHistory(row, await receiptsOf(row, session.ledger())));
  await context.io.stdout.write(outlines(shown, context));
}

async function writeSealed(
  rows: readonly HistoryRow[],
  ledger: Ledger,
  { io }: Context,
): Promise<void> {
  refuseBinary(io.stdout, '> FILE');
  const [row] = rows;
  const sealed =
    row?.direction === 'in'
      ? await ledger.inbox.sealed(row.number)
      : row && (await ledger.outbox.sealed(row.item?.batch ?? row.id));
  if (sealed === undefined)
    throw new MsgError('not-found', 'the sealed bytes are no longer kept', {
      hint: '"msg message prune" let them go; what is known of the message is shown without --sealed',
    });
  await io.stdout.write(sealed);
}
