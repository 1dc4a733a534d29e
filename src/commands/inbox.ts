import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { inboxGroup } from '../messaging/deps.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';

/** What `msg inbox create` was asked for. */
export interface InboxCreateOptions {
  readonly partitions?: string | undefined;
  readonly retention?: string | undefined;
}

const RETENTION = '14d';

/** Creates one's own inbox topic, or says that it is there. */
export async function create(options: InboxCreateOptions, context: Context): Promise<void> {
  const partitions = parsePartitions(options.partitions ?? '1');
  const retention = parseDuration(options.retention ?? RETENTION);
  const session = await context.session();
  const topic = await session.ownInbox();
  const outcome = await session.transport().ensureTopic({ topic, partitions, retention });
  const line = context.json ? JSON.stringify({ topic, outcome }) : topic;
  await context.io.stdout.write(`${line}\n`);
  context.report.note(outcome === 'created' ? `created ${topic}` : `${topic} exists already`);
}

/** Shows how far the own inbox has been read. */
export async function lag(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const topic = await session.ownInbox();
  const positions = await session.transport().positions(topic, inboxGroup(session.self));
  const rows = positions.map(({ partition, low, high, committed }) => ({
    ...{ topic, partition: partition.partition, low: Number(low), high: Number(high) },
    committed: committed === undefined ? null : Number(committed),
    lag: Number(high - (committed ?? low)),
  }));
  const { stdout } = context.io;
  const columns = ['topic', 'partition', 'low', 'high', 'committed', 'lag'] as const;
  const table = {
    columns: columns.map((title) => ({
      title,
      align: title === 'topic' ? ('left' as const) : ('right' as const),
    })),
    rows: rows.map((row) => columns.map((column) => String(row[column] ?? '-'))),
  };
  await stdout.write(
    context.json
      ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      : renderTable(table, stdout),
  );
}

function parsePartitions(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new MsgError('usage', `not a number of partitions: ${text}`, {
    hint: 'give a whole number from 1',
  });
}
