import { formatDuration } from '../domain/duration.js';
import type { LedgerStatus } from '../ledger/port.js';
import { inboxGroup } from '../messaging/deps.js';
import { isPassing } from '../messaging/passing.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { lagOf, type PartitionLag } from './inbox-lag.js';
import { outline } from './outline.js';

/** What came in within this time counts as recent, in milliseconds. */
const RECENT = 60_000;

/** Shows where everything stands that comes in and goes out. */
export async function run(_options: object, context: Context): Promise<void> {
  const status = await statusOf(await context.session(), context);
  const { stdout } = context.io;
  await stdout.write(context.json ? `${JSON.stringify(status)}\n` : `${outline(status)}\n`);
}

/**
 * How things stand, as the `--json` contract shows it. The log is asked, too; while it cannot be, `lag` is
 * left out, with a warning.
 */
export async function statusOf(session: Session, context: Context): Promise<object> {
  const now = context.clock();
  const status = await session.ledger().status.status(now - RECENT);
  const lag = await lagOrWarning(session, context);
  return { ...(lag === undefined ? {} : { lag: summed(lag) }), ...describe(status, now) };
}

/** One line for a listener's own report. */
export async function statusLine(session: Session, { clock }: Context): Promise<string> {
  const now = clock();
  const { received, oldestUnfinished, blocked, unjudged, missing, quarantined, recent } =
    await session.ledger().status.status(now - RECENT);
  const waiting = received.received + received.delivering;
  const oldest =
    oldestUnfinished === undefined
      ? ''
      : `, the oldest for ${age(oldestUnfinished.receivedAt, now)}`;
  return [
    `${recent.received} came in within a minute`,
    `${waiting} to be delivered${oldest}`,
    `${blocked.length} senders wait`,
    `${unjudged.records} to be judged`,
    `${quarantined} in quarantine`,
    missingWord(missing, now),
  ].join('; ');
}

function missingWord(missing: LedgerStatus['missing'], now: number): string {
  const count = missing.reduce((sum, { messages }) => sum + messages, 0);
  if (count === 0) return '0 missing';
  const since = Math.min(...missing.map((one) => one.since));
  return `${count} missing, the first for ${age(since, now)}`;
}

async function lagOrWarning(
  session: Session,
  { report }: Context,
): Promise<readonly PartitionLag[] | undefined> {
  try {
    const topic = await session.ownInbox();
    return await lagOf(session.transport(), topic, inboxGroup(session.self));
  } catch (error) {
    if (!isPassing(error)) throw error;
    report.warn(`how much is unread cannot be told: ${error.message}`, error.hint);
    return undefined;
  }
}

function summed(rows: readonly PartitionLag[]): object {
  const times = rows.flatMap(({ oldestUnread }) => oldestUnread ?? []).sort();
  return {
    unread: rows.reduce((sum, { lag }) => sum + lag, 0),
    lost: rows.reduce((sum, { lost }) => sum + lost, 0),
    oldestUnread: times[0],
  };
}

function describe(status: LedgerStatus, now: number): object {
  const { received, sent, oldestUnfinished, blocked, unjudged, missing, recent } = status;
  return {
    received,
    sent,
    oldestUnfinished: oldestUnfinished && {
      ...{ id: oldestUnfinished.id, from: oldestUnfinished.sender },
      ...{ received: iso(oldestUnfinished.receivedAt), age: age(oldestUnfinished.receivedAt, now) },
    },
    blocked: blocked.map(({ sender, since, until, failures, code, detail }) => ({
      ...{ from: sender, since: iso(since), until: iso(until), failures, code, detail },
    })),
    unjudged: {
      records: unjudged.records,
      since: unjudged.since === undefined ? undefined : iso(unjudged.since),
    },
    missing: missing.map(({ sender, messages, since }) => ({
      ...{ from: sender, messages, since: iso(since), age: age(since, now) },
    })),
    quarantined: status.quarantined,
    incomplete: status.incomplete,
    owedReceipts: status.owed,
    receivedLastMinute: recent.received,
  };
}

function age(since: number, now: number): string {
  return formatDuration(Math.max(0, Math.round((now - since) / 1000) * 1000));
}

function iso(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString();
}
