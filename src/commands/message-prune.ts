import { formatByteSize } from '../domain/byte-size.js';
import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import type { Floor, PruneCounts } from '../ledger/port.js';
import { planPrune, prune } from '../messaging/prune.js';
import type { Context } from '../runtime.js';
import { isConfirmed } from './directory-change.js';
import { parseTime } from './time-argument.js';

/** What `msg message prune` was asked for. */
export interface MessagePruneOptions {
  readonly olderThan?: string | undefined;
  readonly before?: string | undefined;
  readonly keepIds?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** Forgets messages that are over, and never what would then be delivered a second time. */
export async function run(options: MessagePruneOptions, context: Context): Promise<void> {
  const before = parseBefore(options, context.clock());
  const keepIds = options.keepIds === true;
  const session = await context.session();
  const deps = session.messaging();
  const topic = keepIds ? '' : await session.ownInbox();
  const { request, counts } = await planPrune({ before, keepIds, topic }, deps);
  const moment = new Date(before).toISOString();
  if (options.dryRun === true) return print({ state: 'dry-run', before, counts }, context);
  if (Object.values(counts).some((count) => count > 0)) {
    const { yes } = options;
    for (const line of linesOf(counts)) context.report.note(line);
    if (!(await isConfirmed(`Forget what was over before ${moment}?`, { yes }, context))) return;
  }
  const signal = context.drainSignal('the step in hand');
  const pruned = await prune(request, deps, signal);
  const floors = await deps.ledger.pruning.floors();
  await print({ state: 'pruned', before, counts: pruned, floors }, context);
}

function parseBefore({ olderThan, before }: MessagePruneOptions, now: number): number {
  if ((olderThan === undefined) === (before === undefined)) {
    throw new MsgError('usage', 'give either --older-than or --before', {
      hint: 'for example --older-than 90d, or --before 2026-01-01',
    });
  }
  const moment =
    olderThan === undefined ? parseTime(before ?? '', now) : now - parseDuration(olderThan);
  if (moment <= now) return moment;
  throw new MsgError('usage', 'the moment lies in the future', {
    hint: 'what is over now can be forgotten with --older-than 0s',
  });
}

interface Outcome {
  readonly state: 'dry-run' | 'pruned';
  readonly before: number;
  readonly counts: PruneCounts;
  readonly floors?: readonly Floor[];
}

async function print(
  { state, before, counts, floors }: Outcome,
  { io, json, report }: Context,
): Promise<void> {
  if (json) {
    const text = JSON.stringify({
      ...{ state, before: new Date(before).toISOString(), ...counts },
      floors: floors?.map(({ sender, sentUntil }) => ({
        ...{ peer: sender, sentUntil: new Date(sentUntil).toISOString() },
      })),
    });
    await io.stdout.write(`${text}\n`);
    return;
  }
  const lines = linesOf(counts);
  if (lines.length === 0) report.note('there is nothing to forget');
  else await io.stdout.write(`${[...lines, sizeLine(state, counts)].join('\n')}\n`);
}

function sizeLine(state: Outcome['state'], { size }: PruneCounts): string {
  const verb = state === 'pruned' ? 'were freed' : 'would be freed';
  return `${formatByteSize(size)} ${verb} within the ledger's file`;
}

function linesOf(counts: PruneCounts): readonly string[] {
  const { receivedIds, receivedBytes, sentIds, sentBytes, quarantined } = counts;
  const lines: [count: number, what: string][] = [
    [receivedIds, 'received messages altogether'],
    [receivedBytes, 'received messages to their ids'],
    [sentIds, 'sent messages altogether'],
    [sentBytes, 'sent messages to their ids'],
    [quarantined, 'entries of the quarantine that were retried or dropped'],
  ];
  return lines.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}
