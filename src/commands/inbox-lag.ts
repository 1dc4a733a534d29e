import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { inboxGroup } from '../messaging/deps.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import type { Position, Transport } from '../transport/port.js';

/** What `msg inbox lag` was asked for. */
export interface InboxLagOptions {
  /** More unread records than this, in all partitions together, end it with 1. */
  readonly maxLag?: string | undefined;
  /** So does an unread record that was appended longer ago. */
  readonly maxAge?: string | undefined;
}

/** How far a partition has been read; `--json` prints it. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  readonly committed: number | null;
  /** Records that are there and were not read. */
  readonly lag: number;
  /** Records that retention has taken before they were read. */
  readonly lost: number;
  /** When the oldest of the unread records was appended, ISO 8601. */
  readonly oldestUnread: string | null;
}

/** Shows how far the own inbox has been read, and says with its exit code whether that is enough. */
export async function run(options: InboxLagOptions, context: Context): Promise<void> {
  const limits = parseLimits(options);
  const session = await context.session();
  const topic = await session.ownInbox();
  const rows = await lagOf(session.transport(), topic, inboxGroup(session.self));
  const { stdout } = context.io;
  await stdout.write(
    context.json
      ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      : renderTable({ columns: COLUMNS, rows: rows.map(cells) }, stdout),
  );
  const excesses = excessesOf(rows, limits, context.clock());
  for (const excess of excesses) context.report.warn(excess);
  if (excesses.length > 0) context.exitWith(1);
}

interface Limits {
  readonly lag: number | undefined;
  /** Milliseconds. */
  readonly age: number | undefined;
}

function parseLimits({ maxLag, maxAge }: InboxLagOptions): Limits {
  if (maxLag !== undefined && !/^\d{1,15}$/.test(maxLag)) {
    throw new MsgError('usage', `not a number of records: ${maxLag}`, {
      hint: 'give a whole number, such as --max-lag 100',
    });
  }
  return {
    lag: maxLag === undefined ? undefined : Number(maxLag),
    age: maxAge === undefined ? undefined : parseDuration(maxAge),
  };
}

/** How far each partition of an inbox has been read. */
export async function lagOf(
  transport: Transport,
  topic: string,
  group: string,
): Promise<readonly PartitionLag[]> {
  const positions = await transport.positions(topic, group);
  const unread = positions.filter((one) => nextOf(one) < one.high);
  const starts = new Map(unread.map((one) => [one.partition.partition, nextOf(one)]));
  const times = await transport.appendTimes(topic, starts);
  return positions.map((position) => {
    const { low, high, committed } = position;
    const { partition } = position.partition;
    const time = times.get(partition);
    return {
      ...{ topic, partition, low: Number(low), high: Number(high) },
      committed: committed === undefined ? null : Number(committed),
      lag: Number(high - nextOf(position)),
      lost: committed !== undefined && committed < low ? Number(low - committed) : 0,
      oldestUnread: time === undefined ? null : new Date(time).toISOString(),
    };
  });
}

/** The next record that will be read; a position past the end belongs to a log that is gone. */
function nextOf({ low, high, committed = low }: Position): bigint {
  return committed < low || committed > high ? low : committed;
}

const COLUMNS = [
  { title: 'topic' },
  ...['partition', 'low', 'high', 'committed', 'lag'].map((title) => ({
    ...{ title, align: 'right' as const },
  })),
  { title: 'oldest unread', whole: true },
];

function cells(row: PartitionLag): readonly string[] {
  const { topic, partition, low, high, committed, lag, oldestUnread } = row;
  const numbers = [partition, low, high, committed ?? '-', lag].map(String);
  return [topic, ...numbers, oldestUnread ?? '-'];
}

function excessesOf(rows: readonly PartitionLag[], { lag, age }: Limits, now: number): string[] {
  const total = rows.reduce((sum, row) => sum + row.lag, 0);
  const oldest = rows
    .flatMap(({ oldestUnread }) => (oldestUnread === null ? [] : [Date.parse(oldestUnread)]))
    .reduce((one, other) => Math.min(one, other), Infinity);
  const excesses: string[] = [];
  if (lag !== undefined && total > lag) {
    excesses.push(`${total} unread records are more than ${lag}`);
  }
  if (age !== undefined && now - oldest > age) {
    const seconds = Math.round((now - oldest) / 1000);
    excesses.push(
      `the oldest unread record has waited for ${seconds} s, longer than ${age / 1000} s`,
    );
  }
  return excesses;
}
