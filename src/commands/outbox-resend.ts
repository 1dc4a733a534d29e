import { parseMessageId, type MessageId } from '../domain/message-id.js';
import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import type { MsgError } from '../errors.js';
import type { OutboxDelivery } from '../ledger/port.js';
import type { MessagingDeps } from '../messaging/deps.js';
import type { PublishedDelivery } from '../messaging/publish.js';
import { planResend, publishQueued, queueAgain, type ResendPlan } from '../messaging/resend.js';
import { whileLeased } from '../messaging/large/while-leased.js';
import type { Context } from '../runtime.js';
import { FlushProgress } from './send-progress.js';

/** After so many failures to reach the log, the log is away: the rest waits for a flush. */
const GIVE_UP_AFTER = 3;

/** What `msg outbox resend` was asked to do. */
export interface OutboxResendOptions {
  readonly ids: readonly string[];
  readonly to?: readonly string[] | undefined;
}

/** A message that is published once more, and by which ids it was asked for. */
interface Resent {
  readonly plan: ResendPlan;
  readonly asked: readonly MessageId[];
}

/**
 * Publishes what was sent once more, the very same bytes under the same id. Either all of it can be or
 * nothing is.
 */
export async function run(options: OutboxResendOptions, context: Context): Promise<void> {
  const ids = [...new Set(options.ids.map(parseMessageId))];
  const to = options.to?.map(parsePeerName);
  const session = await context.session();
  const deps = session.messaging();
  const resends = await planAll({ ids, to }, deps);
  // All of it before anything leaves: whoever kills this one finds it in the queue.
  for (const { plan } of resends) await queueAgain(plan, deps);
  const [first] = await whileLeased(deps, () => publishAll(resends, deps, context));
  if (first !== undefined) throw first;
}

/** Messages that went in the same batch are one. */
async function planAll(
  {
    ids,
    to,
  }: { readonly ids: readonly MessageId[]; readonly to?: readonly PeerName[] | undefined },
  deps: MessagingDeps,
): Promise<readonly Resent[]> {
  const resends = new Map<MessageId, Resent>();
  for (const id of ids) {
    const plan = await planResend({ id, to }, deps);
    const asked = [...(resends.get(plan.row.id)?.asked ?? []), id];
    resends.set(plan.row.id, { plan, asked });
  }
  return [...resends.values()];
}

/** Gives the failures. */
async function publishAll(
  resends: readonly Resent[],
  deps: MessagingDeps,
  context: Context,
): Promise<readonly MsgError[]> {
  const progress = new FlushProgress(context);
  const failures: MsgError[] = [];
  try {
    for (const one of resends) {
      const { id } = one.plan.row;
      tellWhatIsLeft(one, context);
      if (failures.filter(({ code }) => code === 'broker-unreachable').length >= GIVE_UP_AFTER) {
        await tellItWaits(one.plan, context);
        continue;
      }
      const published = await publishQueued(one.plan, deps, (recipient, bytes, total) => {
        progress.update({ id, recipient }, bytes, total);
      });
      failures.push(...(await tell(one, published, context)));
    }
  } finally {
    progress.finish();
  }
  return failures;
}

function tellWhatIsLeft({ plan, asked }: Resent, { report }: Context): void {
  const { row, left, former } = plan;
  const items = asked.filter((id) => id !== row.id);
  if (items.length > 0) {
    report.note(`${items.join(', ')} went in the batch ${row.id}, which goes as a whole`);
  }
  for (const delivery of left) report.note(sentenceOf(row.id, delivery));
  for (const peer of former) {
    report.warn(
      `${row.id} is sealed to a former certificate of ${peer}, who has to have kept its key`,
      `where ${peer} has it in quarantine as not-for-us, send it anew, under another id`,
    );
  }
}

async function tellItWaits(
  { row: { id }, again }: ResendPlan,
  { io, json, report }: Context,
): Promise<void> {
  report.note(`${id} waits: "msg outbox flush" sends it`);
  if (!json) return;
  for (const { recipient: peer, topic } of again) {
    await io.stdout.write(lineOf({ id, peer, state: 'queued', topic }));
  }
}

function sentenceOf(id: MessageId, { recipient, state }: OutboxDelivery): string {
  return state === 'queued' || state === 'publishing'
    ? `${id} waits for ${recipient} and was left to its turn: "msg outbox flush" sends it`
    : `${id} was not sent to ${recipient}: it is ${state}`;
}

/** Prints what left; gives the failures. */
async function tell(
  { plan: { row, left }, asked }: Resent,
  published: readonly PublishedDelivery[],
  { io, json, report }: Context,
): Promise<readonly MsgError[]> {
  const { id } = row;
  const items = asked.filter((one) => one !== id);
  const batch = items.length === 0 ? {} : { items };
  const failures: MsgError[] = [];
  for (const { peer, state, topic, partition, offset, failure } of published) {
    const at = { topic, partition, offset: offset === undefined ? undefined : Number(offset) };
    if (json) await io.stdout.write(lineOf({ id, ...batch, peer, state, ...at }));
    else if (state === 'sent') await io.stdout.write(`${id} ${peer}\n`);
    if (failure !== undefined) {
      const what = state === 'failed' ? `cannot be sent to ${peer}` : `waits for ${peer}`;
      report.warn(`${id} ${what}: ${failure.error.message}`, failure.error.hint);
      failures.push(failure.error);
    } else if (state !== 'sent') {
      report.note(`${id} is ${state} to ${peer}: another process was at it, or a receipt came`);
    }
  }
  if (json) {
    for (const { recipient: peer, state, topic } of left) {
      await io.stdout.write(lineOf({ id, ...batch, peer, state, topic }));
    }
  }
  return failures;
}

function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}
