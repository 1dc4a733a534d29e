import { formatDuration, parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { inboxGroup } from '../messaging/deps.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';

/** What `msg inbox create` was asked for. */
export interface InboxCreateOptions {
  readonly partitions?: string | undefined;
  readonly retention?: string | undefined;
  readonly replicas?: string | undefined;
}

const RETENTION = '14d';

/** Creates one's own inbox topic, or says that it is there and what of it is not as wanted. */
export async function create(options: InboxCreateOptions, context: Context): Promise<void> {
  const partitions = parseNumber(options.partitions ?? '1', 'partitions');
  const retention = parseDuration(options.retention ?? RETENTION);
  const replicas =
    options.replicas === undefined ? {} : { replicas: parseNumber(options.replicas, 'replicas') };
  const session = await context.session();
  const topic = await session.ownInbox();
  const spec = { topic, partitions, retention, ...replicas };
  const outcome = await session.transport().ensureTopic(spec);
  const line = context.json ? JSON.stringify({ topic, outcome }) : topic;
  await context.io.stdout.write(`${line}\n`);
  context.report.note(outcome === 'created' ? `created ${topic}` : `${topic} exists already`);
  if (outcome === 'exists') await warnOfDifferences(options, { topic, session }, context);
}

/** A topic that is there stays as it is: what was asked for must not be taken for granted. */
async function warnOfDifferences(
  options: InboxCreateOptions,
  { topic, session }: { readonly topic: string; readonly session: Session },
  { report }: Context,
): Promise<void> {
  const transport = session.transport();
  const { clock, retention } = await transport.limits(topic);
  const { length } = await transport.positions(topic, inboxGroup(session.self));
  if (clock === 'producer') {
    report.warn(
      `the times in ${topic} are its senders' own, and msg listen refuses it`,
      'have an administrator of the brokers set message.timestamp.type=LogAppendTime',
    );
  }
  if (options.partitions !== undefined && Number(options.partitions) !== length) {
    report.warn(`its number of partitions is ${length}, not ${options.partitions}`);
  }
  if (options.retention !== undefined && parseDuration(options.retention) !== retention) {
    const kept = retention === undefined ? 'for ever' : `for ${formatDuration(retention)}`;
    report.warn(`it keeps records ${kept}, not for ${options.retention}`);
  }
}

function parseNumber(text: string, what: 'partitions' | 'replicas'): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new MsgError('usage', `not a number of ${what}: ${text}`, {
    hint: 'give a whole number from 1',
  });
}
