import { MsgError } from '../errors.js';
import { inboxGroup } from '../messaging/deps.js';
import { planSeek, seek, type SeekMove } from '../messaging/seek.js';
import type { Context } from '../runtime.js';
import { isConfirmed } from './directory-change.js';
import { parsePlace } from './place-argument.js';

/** What `msg inbox seek` was asked for. */
export interface InboxSeekOptions {
  /** `earliest`, `latest`, an offset, `@TIME` or `@-DURATION`. */
  readonly place: string;
  readonly partition?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Moves the position in the own inbox, in the log and in the ledger. */
export async function run(options: InboxSeekOptions, context: Context): Promise<void> {
  const place = parsePlace(options.place, context.clock());
  const partition = parsePartition(options.partition);
  const session = await context.session();
  const [topic, group] = [await session.ownInbox(), inboxGroup(session.self)];
  const deps = { transport: session.transport(), ledger: session.ledger() };
  const moves = await planSeek(deps, { topic, group, place, partition });
  const real = moves.filter(({ from, to }) => from !== to);
  if (real.length === 0) context.report.note('the position is there already');
  else for (const move of real) context.report.note(consequenceOf(move));
  if (real.length > 0 && options.dryRun !== true) {
    const { yes } = options;
    if (!(await isConfirmed(`Move the position in ${topic}?`, { yes }, context))) return;
  }
  if (options.dryRun !== true) await seek(deps, { topic, group }, moves);
  await print(moves, options.dryRun === true ? 'dry-run' : 'moved', context);
}

function parsePartition(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new MsgError('usage', `not a partition: ${text}`, { hint: 'give its number, from 0' });
}

function consequenceOf({ partition, from, to, readAgain, skipped }: SeekMove): string {
  const where = `partition ${partition.partition}, from ${from} to ${to}`;
  if (skipped > 0n) return `${where}: ${records(skipped)} will be skipped, and never delivered`;
  const known = 'delivered are those of them that the ledger does not know yet';
  return `${where}: ${records(readAgain)} will be read again; ${known}`;
}

function records(count: bigint): string {
  return count === 1n ? '1 record' : `${count} records`;
}

async function print(
  moves: readonly SeekMove[],
  state: 'moved' | 'dry-run',
  { io, json }: Context,
): Promise<void> {
  const lines = moves.map(({ partition: { topic, partition }, from, to, readAgain, skipped }) =>
    json
      ? JSON.stringify({
          ...{ state, topic, partition, from: Number(from), to: Number(to) },
          ...{ readAgain: Number(readAgain), skipped: Number(skipped) },
        })
      : [topic, partition, to].join('\t'),
  );
  await io.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
