import { parseMessageId, type MessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { DeliveryKey, Ledger, OutboxDelivery, OutboxRow } from '../ledger/port.js';
import { OutboxFlusher, type FlushEvent } from '../messaging/flush.js';
import type { PublishedDelivery } from '../messaging/publish.js';
import { followUpSent, removeStrays } from '../messaging/spool-upkeep.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { describeHistory } from './message-json.js';
import { FlushProgress } from './send-progress.js';

/** Lists what was kept and has not reached every recipient's inbox. */
export async function list(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const rows = await session.ledger().outbox.pending();
  const { stdout } = context.io;
  const text = context.json
    ? rows
        .map((row) => `${JSON.stringify(describeHistory({ direction: 'out', ...row }))}\n`)
        .join('')
    : renderTable({ columns: COLUMNS, rows: rows.flatMap(cells) }, stdout);
  await stdout.write(text);
  if (rows.length === 0) context.report.note('the outbox is empty');
}

/** What `msg outbox flush` was asked to do. */
export interface OutboxFlushOptions {
  /** Failed messages to be tried again, too. */
  readonly ids: readonly string[];
}

/**
 * Publishes what was kept under its ids, each recipient's oldest first: the very same bytes, unless a
 * certificate was replaced meanwhile.
 */
export async function flush({ ids }: OutboxFlushOptions, context: Context): Promise<void> {
  const session = await context.session();
  const deps = session.messaging();
  for (const id of ids.map(parseMessageId)) await retry(id, deps.ledger);
  await removeStrays(deps);
  await followUpSent(deps);
  const isEmpty = (await deps.ledger.outbox.pending()).every(isOver);
  const failures: MsgError[] = [];
  const written: Promise<unknown>[] = [];
  const progress = new FlushProgress(context);
  const flusher = new OutboxFlusher(deps, {
    kinds: ['answers', 'messages'],
    onSent: progress.update,
    signal: context.drainSignal('what is being published'),
    onEvent: (event) => {
      if (event.kind === 'sent')
        written.push(context.io.stdout.write(lineOf(event.published, event, context)));
      const failure = reportFlush(event, context);
      if (failure !== undefined) failures.push(failure);
    },
  });
  await flusher.once().finally(() => {
    progress.finish();
  });
  await Promise.all(written);
  const [first] = failures;
  if (first !== undefined) throw first;
  if (isEmpty) context.report.note('nothing waits in the outbox');
}

/** What `msg outbox cancel` was asked to do. */
export interface OutboxCancelOptions {
  readonly id: string;
  readonly to?: readonly string[] | undefined;
}

/** Takes a message out of the queue, as long as certainly nothing of it has left. */
export async function cancel(options: OutboxCancelOptions, context: Context): Promise<void> {
  const session = await context.session();
  const id = parseMessageId(options.id);
  const { cancelled, refused } = await session
    .ledger()
    .outbox.cancel(id, options.to?.map(parsePeerName));
  const [first] = refused;
  if (first !== undefined) throw tooLate(id, first);
  for (const peer of cancelled) {
    const line = context.json ? JSON.stringify({ id, peer, state: 'cancelled' }) : `${id} ${peer}`;
    await context.io.stdout.write(`${line}\n`);
  }
  if (cancelled.length === 0) context.report.note(`${id} was cancelled before`);
}

/** Says what the outbox did on its own; gives the failure, where it was one. */
export function reportFlush(event: FlushEvent, { report }: Context): MsgError | undefined {
  const { id, recipient } = event;
  switch (event.kind) {
    case 'sent':
      report.detail(`sent ${id} to ${recipient}`);
      return undefined;
    case 'waits': {
      const { failure } = event.published;
      if (failure === undefined) return undefined;
      report.warn(`${id} waits for ${recipient}: ${failure.error.message}`, failure.error.hint);
      return failure.error;
    }
    case 'failed':
      report.warn(
        `${id} cannot be sent to ${recipient}: ${event.error.message}`,
        event.error.code === 'file-changed' || event.error.code === 'too-large'
          ? event.error.hint
          : `send it anew, and put this one away with "msg outbox cancel ${id}"`,
      );
      return event.error;
    case 'expired':
      report.warn(
        `${id} expired before it could be sent to ${recipient}`,
        `it is kept; put it away with "msg outbox cancel ${id}"`,
      );
      return undefined;
    case 'cut-up':
      report.detail(`${id} goes in parts: the inbox of ${recipient} takes less in one record`);
      return undefined;
    case 'in-chunks':
      report.detail(`${id} goes in chunks: the inbox of ${recipient} takes less in one record`);
      return undefined;
    case 'sealed-anew':
      report.detail(`sealed ${id} anew: a certificate was replaced since it was kept`);
      return undefined;
  }
}

async function retry(id: MessageId, ledger: Ledger): Promise<void> {
  if ((await ledger.outbox.kept(id)) === undefined) {
    throw new MsgError('not-found', `the outbox has no message ${id}`, {
      hint: 'see what waits with "msg outbox list"',
    });
  }
  await ledger.outbox.retry(id);
}

function lineOf(
  { topic, partition, offset }: PublishedDelivery,
  { id, recipient: peer }: DeliveryKey,
  { json }: Context,
): string {
  if (!json) return `${id}\n`;
  const at = { topic, partition, offset: offset === undefined ? undefined : Number(offset) };
  return `${JSON.stringify({ id, peer, state: 'sent', ...at })}\n`;
}

function isOver(row: OutboxRow): boolean {
  return row.deliveries.every(({ state }) => state !== 'queued' && state !== 'publishing');
}

function tooLate(id: MessageId, { recipient, state }: OutboxDelivery): MsgError {
  const why =
    state === 'queued' || state === 'publishing'
      ? `it may have left for ${recipient} already`
      : `it is ${state}, to ${recipient}`;
  return new MsgError('not-cancellable', `${id} cannot be cancelled: ${why}`, {
    hint: 'let it go out with "msg outbox flush", and tell the recipient in a message of its own',
  });
}

const COLUMNS = [
  { title: 'id', whole: true },
  { title: 'peer' },
  { title: 'state' },
  { title: 'attempts', align: 'right' as const },
  { title: 'next' },
  { title: 'error' },
];

function cells(row: OutboxRow): readonly (readonly string[])[] {
  return row.deliveries
    .filter(({ state }) => state !== 'sent' && state !== 'cancelled')
    .map((delivery) => [
      row.id,
      delivery.recipient,
      delivery.mayHaveLeft ? `${delivery.state} (may have left)` : delivery.state,
      String(delivery.attempts),
      delivery.state === 'queued' && delivery.nextAttemptAt > 0
        ? new Date(delivery.nextAttemptAt).toISOString()
        : '',
      delivery.error ?? '',
    ]);
}
