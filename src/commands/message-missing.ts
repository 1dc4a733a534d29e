import { parseMessageId, type MessageId } from '../domain/message-id.js';
import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { MissingMessage, StreamLedger } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { refuseUnknown } from './known-peer.js';
import { parseLimit } from './limit-argument.js';

/** What `msg message missing` was asked for. */
export interface MessageMissingOptions {
  readonly ids: readonly string[];
  readonly from?: string | undefined;
  readonly limit?: string | undefined;
  /** Miss the messages with these ids no longer, or all that are found. */
  readonly forget?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Lists what has not come although another message of its sender names it, the longest missing first. */
export async function run(options: MessageMissingOptions, context: Context): Promise<void> {
  const ids = options.ids.map(parseMessageId);
  const sender = options.from === undefined ? undefined : parsePeerName(options.from);
  if (options.forget === true) return forget({ ids, sender }, options, context);
  if (options.all === true || options.yes === true || ids.length > 0) {
    throw new MsgError('usage', 'ids, --all and --yes go with --forget', {
      hint: 'what is missing is listed by "msg message missing", of one peer with --from',
    });
  }
  const limit = parseLimit(options.limit);
  const session = await context.session();
  await refuseUnknown(sender, session);
  const found = await session.ledger().streams.missing({
    ...{ limit },
    ...(sender === undefined ? {} : { sender }),
  });
  await print(found, sender, context);
}

async function print(
  found: readonly MissingMessage[],
  sender: PeerName | undefined,
  { io, json, report }: Context,
): Promise<void> {
  const text = json
    ? found.map((one) => `${JSON.stringify(describe(one))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: found.map(cells) }, io.stdout);
  await io.stdout.write(text);
  if (found.length === 0) report.note(nothingOf(sender));
  else if (!json) {
    report.note(
      'have the sender look: "msg message show ID", then "msg outbox flush" or "msg outbox resend ID"; "--forget ID" misses it no longer',
    );
  }
}

function nothingOf(sender: PeerName | undefined): string {
  return sender === undefined ? 'nothing is missing' : `nothing of ${sender} is missing`;
}

/** A missing message as the `--json` contract shows it. */
function describe({ sender, id, namedBy, noticedAt, claimedBy }: MissingMessage): object {
  const noticed = new Date(noticedAt).toISOString();
  return { id, from: sender, namedBy, noticed, quarantined: claimedBy };
}

const COLUMNS = [
  { title: 'noticed', whole: true },
  { title: 'from' },
  { title: 'id', whole: true },
  { title: 'named by', whole: true },
  { title: 'in quarantine as' },
];

function cells({ sender, id, namedBy, noticedAt, claimedBy }: MissingMessage): readonly string[] {
  const claim = claimedBy === undefined ? '' : `${claimedBy.number} (${claimedBy.reason})`;
  return [new Date(noticedAt).toISOString(), sender, id, namedBy, claim];
}

interface Choice {
  readonly ids: readonly MessageId[];
  readonly sender: PeerName | undefined;
}

async function forget(
  { ids, sender }: Choice,
  options: MessageMissingOptions,
  context: Context,
): Promise<void> {
  const isFiltered = options.all === true || (sender !== undefined && ids.length === 0);
  if (isFiltered === ids.length > 0) {
    throw new MsgError('usage', isFiltered ? 'give ids or --all, not both' : 'which ones?', {
      hint: 'give their ids, or --from, or --all',
    });
  }
  const session = await context.session();
  await refuseUnknown(sender, session);
  const { streams } = session.ledger();
  if (!isFiltered) {
    for (const id of ids) await forgetOne({ id, sender }, streams, context);
    return;
  }
  const found = await streams.missing(sender === undefined ? {} : { sender });
  if (found.length === 0) context.report.note(nothingOf(sender));
  else if (await isConfirmed(found.length, options, context)) {
    for (const one of found) await forgetOne(one, streams, context);
  }
}

async function isConfirmed(
  count: number,
  { yes }: MessageMissingOptions,
  { prompter }: Context,
): Promise<boolean> {
  const message = `Miss ${count} ${count === 1 ? 'message' : 'messages'} no longer?`;
  if (yes === true || (await prompter.confirm({ message, flag: '--yes', default: false }))) {
    return true;
  }
  throw new MsgError('interrupted', 'nothing was forgotten');
}

async function forgetOne(
  { id, sender }: { readonly id: MessageId; readonly sender: PeerName | undefined },
  streams: StreamLedger,
  { io, json }: Context,
): Promise<void> {
  if ((await streams.forget(id, sender)) === 0) {
    throw new MsgError('not-found', `no message ${id} is missing`, {
      hint: 'see what is with "msg message missing"',
    });
  }
  await io.stdout.write(json ? `${JSON.stringify({ id, state: 'forgotten' })}\n` : `${id}\n`);
}
