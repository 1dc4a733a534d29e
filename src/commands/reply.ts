import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { HistoryRow } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { run as send, type SendOptions } from './send.js';

/** What `msg reply` was asked to do. */
export interface ReplyCommandOptions extends Omit<SendOptions, 'operands' | 'replyTo'> {
  /** The message that is answered. */
  readonly to: string;
  /** Whose message it is, where several senders have used the id. */
  readonly from?: string | undefined;
  /** A path; `-` or nothing is standard input. */
  readonly file?: string | undefined;
}

/** Answers a message that came in: to its sender, with its correlation id. */
export async function run(options: ReplyCommandOptions, context: Context): Promise<void> {
  const { to, from, file, ...rest } = options;
  const id = parseMessageId(to);
  const session = await context.session();
  const sender = senderOf(id, await session.ledger().history.find(id), from);
  if (rest.document !== undefined && file !== undefined) {
    throw new MsgError('usage', 'both a file and a JSON document were given', {
      hint: 'send one of them',
    });
  }
  await send(
    { ...rest, replyTo: id, operands: [sender, ...(file === undefined ? [] : [file])] },
    context,
  );
}

/** An id is a sender's own: two senders may have used the same one, or this peer may have. */
function senderOf(id: string, rows: readonly HistoryRow[], from: string | undefined): string {
  const wanted = from === undefined ? undefined : parsePeerName(from);
  const senders = rows
    .flatMap((row) => (row.direction === 'in' ? [row.sender] : []))
    .filter((sender) => wanted === undefined || sender === wanted);
  const [sender, another] = senders;
  if (another !== undefined) {
    throw new MsgError('usage', `${senders.join(' and ')} have both sent a message ${id}`, {
      hint: 'say which one is answered with --from',
    });
  }
  if (sender !== undefined) return sender;
  if (rows.length > 0 && wanted === undefined) {
    throw new MsgError('usage', `${id} was sent from here`, {
      hint: 'what came in can be answered; to write to its recipients again use "msg send"',
    });
  }
  throw new MsgError('not-found', `the ledger has no message ${id} that came in`, {
    hint: 'list what came in with "msg message list --in"',
  });
}
