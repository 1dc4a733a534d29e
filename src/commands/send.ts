import { othersTurn } from '../domain/turn.js';
import { dryRun, send, type SendPlan, type SendResult } from '../messaging/send.js';
import { MsgError } from '../errors.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { letHeapGrow } from './heap.js';
import { parseReceiptWords } from './receipt-words.js';
import { readContent } from './send-content.js';
import { explainUnknownPeer, splitOperands, type GivenOperands } from './send-operands.js';
import { SendProgress } from './send-progress.js';
import type { Wait } from './send-wait.js';
import { contentOf, parseWishes, type WishOptions } from './send-wishes.js';

/** What `msg send` was asked to do. */
export interface SendOptions extends WishOptions, GivenOperands {
  /** Which receipts to ask for. */
  readonly receipt?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  /** Which receipt to wait for. */
  readonly wait?: string | undefined;
  /** For how long. */
  readonly timeout?: string | undefined;
}

/** Sends a file, standard input or a JSON document; prints the message id. */
export async function run(options: SendOptions, context: Context): Promise<void> {
  try {
    await sendGiven(options, splitOperands(options), context);
  } catch (error) {
    throw await explainUnknownPeer(error, options, context);
  }
}

async function sendGiven(
  options: SendOptions,
  { peers, source }: ReturnType<typeof splitOperands>,
  context: Context,
): Promise<void> {
  const wait = await parseWaiting(options);
  const receipt = parseReceiptWords([
    ...(options.receipt ?? []),
    ...(wait === undefined ? [] : [wait.says]),
  ]);
  const wishes = { ...parseWishes(options), ...(receipt === undefined ? {} : { receipt }) };
  const session = await context.session();
  const isDryRun = options.dryRun === true;
  // A pipe may go on for longer than a broker keeps an idle connection.
  if (!isDryRun && source !== 'stdin') session.reachOut();
  const content = await readContent(source, options, context);
  const request = { to: peers, ...wishes, ...contentOf(content) };
  if (isDryRun) {
    await printDryRun(await dryRun(request, session.offline()), context);
    return;
  }
  if (wait !== undefined) await (await import('./send-wait.js')).prepareToWait(context);
  if (!(content.payload instanceof Uint8Array)) letHeapGrow();
  const name = content.name ?? 'standard input';
  const progress = new SendProgress(context, { name, size: content.size, peers: peers.length });
  try {
    await makeReady(session);
    const onProgress = progress.update;
    const result = await send({ ...request, onProgress }, session.messaging());
    progress.finish();
    reportDeliveries(result, context);
    await (wait === undefined ? print(result, context) : printAndWait(result, wait, context));
    refuseFailed(result);
  } finally {
    progress.finish();
  }
}

/** Opens what sending needs, piece by piece: a log that is being reached gets on in between. */
async function makeReady(session: Session): Promise<void> {
  await othersTurn();
  session.book();
  await othersTurn();
  session.judge();
  session.ledger();
  await othersTurn();
}

/** Waiting is rare, and its parts are loaded for it alone. */
async function parseWaiting(options: SendOptions): Promise<Wait | undefined> {
  if (options.wait === undefined && options.timeout === undefined) return undefined;
  return (await import('./send-wait.js')).parseWait(options);
}

/** The id is printed at once: the message has left, whatever comes of the waiting. */
async function printAndWait(result: SendResult, wait: Wait, context: Context): Promise<void> {
  if (!context.json) await print(result, context);
  const { waitAfter } = await import('./send-wait.js');
  const { standings, failure } = await waitAfter(result, wait, context);
  if (context.json) {
    const line = JSON.stringify({ ...describe(result), receipts: standings });
    await write(line, result, context);
  }
  if (failure !== undefined) throw failure;
}

function reportDeliveries(result: SendResult, { report }: Context): void {
  for (const { peer, state, failure } of result.deliveries) {
    if (state === 'queued') {
      const why = failure === undefined ? '' : `: ${failure.error.message}`;
      report.warn(
        `not yet sent to ${peer}${why}`,
        'it is kept; "msg outbox flush" sends it under the same id',
      );
    }
  }
  if (result.state === 'already-sent') report.note(`already sent: ${result.id}`);
}

/** Others have it: to send it anew would be to send it to them twice. */
function refuseFailed({ deliveries }: SendResult): void {
  const failed = deliveries.filter(({ state }) => state === 'failed');
  const error = failed[0]?.failure?.error;
  if (error === undefined) return;
  const peers = failed.map(({ peer }) => peer).join(', ');
  const { code, message, hint } = error;
  throw new MsgError(code, `not sent to ${peers}: ${message}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function print(result: SendResult, context: Context): Promise<void> {
  await write(context.json ? JSON.stringify(describe(result)) : result.id, result, context);
}

/** The message has left by now: a line that cannot be written must not have a script send it again. */
async function write(
  line: string,
  { id, state }: SendResult,
  { io, report }: Context,
): Promise<void> {
  try {
    await io.stdout.write(`${line}\n`);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'disk-full') throw error;
    report.warn(`${id} is ${state}, which could not be written: ${error.message}`);
  }
}

function describe(result: SendResult): object {
  const { id, state, size, sealedSize, deliveries } = result;
  const recipients = deliveries.map(({ peer, topic, state, partition, offset, failure }) => ({
    ...{ peer, topic, state, partition },
    offset: offset === undefined ? undefined : Number(offset),
    error: failure?.error.message,
  }));
  return { id, state, size, sealedSize, recipients };
}

async function printDryRun(plan: SendPlan, context: Context): Promise<void> {
  const { header, sealedSize, topics } = plan;
  const peers = header.to.map(({ peer }) => peer).join(', ');
  const line = context.json
    ? JSON.stringify({ state: 'dry-run', header, sealedSize, topics, chunks: plan.chunks })
    : `would send ${header.size} bytes (${sealedSize} sealed${inChunks(plan)}) to ${peers}: ${topics.join(', ')}`;
  await context.io.stdout.write(`${line}\n`);
}

function inChunks({ chunks }: SendPlan): string {
  return chunks === undefined ? '' : `, in ${chunks} chunks`;
}
