import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { InboxRow, ReplayFilter } from '../ledger/port.js';
import { replay, type ReplayOutcome } from '../messaging/replay/replay.js';
import { refuseUnfit, selected } from '../messaging/replay/selection.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { parseCount } from './count-argument.js';
import { refuseUnknown } from './known-peer.js';
import { makeSink, parseSink, type SinkOptions } from './listen-sink.js';
import { describeHistory } from './message-json.js';
import { parseTime } from './time-argument.js';

/** What `msg message replay` was asked for. */
export interface MessageReplayOptions extends Omit<SinkOptions, 'reply' | 'replyType'> {
  readonly ids: readonly string[];
  readonly from?: string | undefined;
  readonly type?: string | undefined;
  readonly cid?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly all?: boolean | undefined;
  readonly run?: string | undefined;
  readonly count?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Delivers messages from the ledger again: those that were asked for, marked as replays. */
export async function run(options: MessageReplayOptions, context: Context): Promise<void> {
  const filter = parseFilter(options, context.clock());
  const choice = parseSink(options);
  const name = parseRun(options.run);
  const count = parseCount(options.count, '-n');
  const session = await context.session();
  await refuseUnknown(filter.sender, session);
  if (options.dryRun === true) return showSelected(filter, session, context);
  const tally = new Tally(context, choice.kind === 'payloads');
  await replay(
    {
      ...{ filter, run: name, count, sink: await makeSink(choice, session, context) },
      signal: context.drainSignal('the message in hand'),
      onOutcome: (outcome) => tally.add(outcome),
    },
    session.messaging(),
  );
  tally.conclude();
}

function parseFilter(options: MessageReplayOptions, now: number): ReplayFilter {
  const { ids, from, type, cid, since, until, all } = options;
  const filter = {
    ...(ids.length === 0 ? {} : { ids: ids.map(parseMessageId) }),
    ...(from === undefined ? {} : { sender: parsePeerName(from) }),
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { correlationId: cid }),
    ...(since === undefined ? {} : { since: parseTime(since, now) }),
    ...(until === undefined ? {} : { until: parseTime(until, now) }),
  };
  const isEmpty = Object.keys(filter).length === 0;
  if (isEmpty && all !== true) {
    throw new MsgError('usage', 'nothing says which messages to deliver again', {
      hint: 'name ids, or narrow it down with --from, --since, --until, --type or --cid; --all means all',
    });
  }
  if (!isEmpty && all === true) {
    throw new MsgError('usage', '--all excludes ids and conditions', {
      hint: 'leave out --all, or everything else',
    });
  }
  return filter;
}

/** It becomes part of file names. */
function parseRun(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w][\w.-]{0,63}$/.test(text)) return text;
  throw new MsgError('usage', `not a name for a replay: ${text}`, {
    hint: 'use up to 64 letters, digits, dots, hyphens and underscores, such as 2026-05-rerun',
  });
}

async function showSelected(
  filter: ReplayFilter,
  session: Session,
  { io, json, report }: Context,
): Promise<void> {
  const deps = { ledger: session.ledger() };
  await refuseUnfit(filter, deps);
  let [found, left] = [0, 0];
  for await (const row of selected(filter, deps)) {
    if (row.state !== 'done') {
      left++;
      continue;
    }
    found++;
    const line = json
      ? JSON.stringify({ state: 'would-replay', message: describeHistory(incoming(row)) })
      : `would deliver ${row.id} from ${row.sender} again`;
    await io.stdout.write(`${line}\n`);
  }
  report.note(`${found} would be delivered again${left === 0 ? '' : `; ${neverDelivered(left)}`}`);
}

function incoming(row: InboxRow): { readonly direction: 'in' } & InboxRow {
  return { direction: 'in', ...row };
}

function neverDelivered(count: number): string {
  return count === 1
    ? '1 was never delivered, and is left alone'
    : `${count} were never delivered, and are left alone`;
}

/** Tells what becomes of each message, and decides how the replay has ended. */
class Tally {
  readonly #context: Context;
  readonly #isPayloadsOnly: boolean;
  readonly #failures: MsgError[] = [];
  readonly #counts: Record<ReplayOutcome['state'], number> = {
    ...{ delivered: 0, known: 0, undelivered: 0, failed: 0, 'held-back': 0 },
  };

  constructor(context: Context, isPayloadsOnly: boolean) {
    this.#context = context;
    this.#isPayloadsOnly = isPayloadsOnly;
  }

  async add(outcome: ReplayOutcome): Promise<void> {
    this.#counts[outcome.state]++;
    const { report } = this.#context;
    switch (outcome.state) {
      case 'delivered':
        return;
      case 'known':
        report.detail(`${outcome.row.id} was delivered by an earlier run of this replay`);
        return;
      case 'undelivered':
        report.detail(`${outcome.row.id} was never delivered: it is ${outcome.row.state}`);
        return;
      case 'held-back':
        await this.#print(outcome.row, { state: 'held-back' });
        return;
      case 'failed': {
        const { row, error } = outcome;
        this.#failures.push(error);
        report.warn(
          `${row.id} from ${row.sender} was not delivered again: ${error.message}`,
          error.hint,
        );
        await this.#print(row, { state: 'failed', ...error.toJSON() });
      }
    }
  }

  /** @throws MsgError `batch-failures`; or what kept everything from being delivered, if that passes. */
  conclude(): void {
    const { delivered, known, undelivered, failed, 'held-back': heldBack } = this.#counts;
    if (Object.values(this.#counts).every((count) => count === 0)) {
      this.#context.report.note('no message matches');
      return;
    }
    const parts = [
      `${delivered} delivered again`,
      ...(known === 0 ? [] : [`${known} delivered by an earlier run`]),
      ...(failed === 0 ? [] : [`${failed} failed`]),
      ...(heldBack === 0 ? [] : [`${heldBack} waiting behind those`]),
      ...(undelivered === 0 ? [] : [neverDelivered(undelivered)]),
    ];
    this.#context.report.note(parts.join(', '));
    const [first] = this.#failures;
    if (first === undefined) return;
    if (delivered === 0 && this.#failures.every(({ retryable }) => retryable)) throw first;
    throw new MsgError('batch-failures', `${failed + heldBack} messages were not delivered again`, {
      hint: 'mend the cause, then run it again; with --run NAME only what is missing is delivered',
    });
  }

  /** Scripts read failures as JSON; standard output that carries payloads stays free of them. */
  async #print({ id, sender: from }: InboxRow, fields: object): Promise<void> {
    if (this.#isPayloadsOnly || !this.#context.json) return;
    const line = JSON.stringify({ id, from, replay: true, ...fields });
    await this.#context.io.stdout.write(`${line}\n`);
  }
}
