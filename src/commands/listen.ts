import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { listen, type ListenEvent, type ListenFrom } from '../messaging/listen.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { statusLine } from './inbox-status.js';
import { parseCount } from './count-argument.js';
import { makeSink, parseSink, type SinkChoice, type SinkOptions } from './listen-sink.js';
import { parsePlace } from './place-argument.js';
import { reportFlush } from './outbox.js';
import {
  describeJudged,
  describeMissing,
  describeNotReplayed,
  describeNotice,
  describeReceived,
} from './listen-notices.js';
import { ListenProgress } from './listen-progress.js';

/** What `msg listen` was asked to do. */
export interface ListenCommandOptions extends SinkOptions {
  readonly lanes?: string | undefined;
  readonly maxAttempts?: string | undefined;
  readonly count?: string | undefined;
  readonly untilEmpty?: boolean | undefined;
  readonly idleTimeout?: string | undefined;
  readonly from?: string | undefined;
  readonly adopt?: boolean | undefined;
  readonly flushOutbox?: boolean | undefined;
  /** Say so often how things stand. */
  readonly statusInterval?: string | undefined;
}

/** Whoever takes files or runs commands can do so for several senders; one terminal is read in order. */
const LANES: Readonly<Record<SinkChoice['kind'], number>> = {
  ...{ lines: 1, payloads: 1, directory: 4, command: 4, server: 4 },
};

/** Tails one's own inbox until it is told to end. */
export async function run(options: ListenCommandOptions, context: Context): Promise<void> {
  const choice = parseSink(options);
  const bounds = parseBounds(options, context);
  const lanes = parseCount(options.lanes, '--lanes') ?? LANES[choice.kind];
  const maxAttempts = parseCount(options.maxAttempts, '--max-attempts');
  const interval = parseInterval(options.statusInterval);
  const session = await context.session();
  const deps = session.messaging();
  const sink = await makeSink(choice, session, context);
  // A wrong passphrase is told to who starts the listener, not at night to nobody.
  if (options.untilEmpty !== true) await session.ownKeys().opening();
  const progress = new ListenProgress(context);
  const signal = context.drainSignal('the message in hand');
  const endReports = reportStatus(session, { interval, signal }, context);
  const flushesAll = options.flushOutbox === true || options.reply === true;
  const summary = await listen(deps, {
    ...{ ...bounds, sink, lanes, maxAttempts, signal },
    topic: await session.ownInbox(),
    untilEmpty: options.untilEmpty === true,
    adopt: options.adopt === true,
    flush: flushesAll ? ['answers', 'messages'] : ['answers'],
    giveUpAfter: session.settings['transport.give-up-after'].value,
    onEvent: (event) => {
      if (event.kind === 'progress') progress.update(event.file);
      else reportEvent(event, context);
    },
  }).finally(endReports);
  const { delivered, replayed, notReplayed, duplicates, refused, receipts } = summary;
  context.report.detail(
    `${delivered} delivered, ${replayed} replayed, ${duplicates} duplicates, ${refused} refused, ${receipts} receipts`,
  );
  if (notReplayed > 0) throw leftOut(notReplayed);
}

/** Nothing but this run knows of it: the messages had been delivered in their time. */
function leftOut(count: number): MsgError {
  const what = count === 1 ? '1 message was' : `${count} messages were`;
  return new MsgError('batch-failures', `${what} not delivered again`, {
    hint: 'mend the cause, then look back once more, or name them to "msg message replay ID..."',
  });
}

function parseInterval(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const interval = parseDuration(text);
  if (interval >= 1_000 && interval < 2 ** 31) return interval;
  throw new MsgError('usage', `not an interval: ${text}`, { hint: 'give 1s or more, up to 24d' });
}

/** Says how things stand, at SIGUSR1 and at an interval; gives what ends it. */
function reportStatus(
  session: Session,
  { interval, signal }: { readonly interval: number | undefined; readonly signal: AbortSignal },
  context: Context,
): () => void {
  const ended = new AbortController();
  const tell = (): void => {
    // A ledger that cannot be read now says so at the next message.
    statusLine(session, context).then(
      (line) => {
        context.report.note(line);
      },
      () => undefined,
    );
  };
  context.onStatusSignal(tell, AbortSignal.any([signal, ended.signal]));
  const timer = interval === undefined ? undefined : setInterval(tell, interval);
  return () => {
    clearInterval(timer);
    ended.abort();
  };
}

function parseBounds(
  options: ListenCommandOptions,
  { clock }: Context,
): { from: ListenFrom; count: number | undefined; idleTimeout: number | undefined } {
  return {
    from: options.from === undefined ? { from: 'committed' } : parsePlace(options.from, clock()),
    count: parseCount(options.count, '-n'),
    idleTimeout: options.idleTimeout === undefined ? undefined : parseDuration(options.idleTimeout),
  };
}

function reportEvent(event: Exclude<ListenEvent, { kind: 'progress' }>, context: Context): void {
  const { report } = context;
  switch (event.kind) {
    case 'delivered':
      return;
    case 'given-up':
      report.warn(
        `gave up ${event.file.id} from ${event.file.sender}: ${event.file.detail}`,
        'see it with "msg quarantine list"',
      );
      return;
    case 'outbox':
      reportFlush(event.event, context);
      return;
    case 'missing':
      report.warn(describeMissing(event.message), 'see what to do with "msg message missing"');
      return;
    case 'received':
    case 'judged': {
      const { sentence, isRoutine } =
        event.kind === 'judged' ? describeJudged(event.judged) : describeReceived(event.receipt);
      if (sentence === undefined) return;
      if (isRoutine) report.detail(sentence);
      else report.warn(sentence, 'see it with "msg quarantine list"');
      return;
    }
    case 'notice':
      report.warn(describeNotice(event.notice));
      return;
    case 'not-replayed':
      report.warn(describeNotReplayed(event), event.error?.hint);
      return;
    case 'postponed':
      report.warn(`messages from ${event.from} wait: ${event.error.message}`, event.error.hint);
      return;
    case 'hindered':
      report.warn(`nothing can be delivered for now: ${event.error.message}`, event.error.hint);
      return;
    case 'quarantined':
      report.warn(
        `moved ${event.header.id} from ${event.header.from} to quarantine: ${event.detail}`,
        'see what to do with "msg quarantine list"',
      );
  }
}
