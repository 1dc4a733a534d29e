import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { parseDuration } from '../domain/duration.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import {
  BOUNDS,
  LARGEST_ITEM,
  type BatchedMessage,
  type BatchOptions,
} from '../messaging/items/batch-request.js';
import { Batcher } from '../messaging/items/batcher.js';
import { resolveRecipients } from '../messaging/recipients.js';
import type { Context } from '../runtime.js';
import { linesOf } from './ndjson-lines.js';
import { messageOfItem, messageOfLine } from './ndjson-item.js';
import { NdjsonResults } from './ndjson-results.js';
import { parseReceiptWords } from './receipt-words.js';
import type { SendOptions } from './send.js';
import { explainUnknownPeer, isPayload, peersIn, twoPayloads } from './send-operands.js';

/** What `msg send --ndjson` was asked to do. */
export interface SendNdjsonOptions extends SendOptions {
  /** Whether each line describes a message, with an id and a type of its own. */
  readonly ndjsonItems?: boolean | undefined;
}

/** How long a line waits for others to go with it, in milliseconds. */
const LINGER = 50;

/** What a line needs around its payload at most, in bytes. */
const LINE_EXTRA = 64 * 1024;

/**
 * Sends every line as a message of its own, many in one envelope; prints the id of each once it has been
 * accepted. A line that cannot be sent ends it; those before it are sent.
 */
export async function run(options: SendNdjsonOptions, context: Context): Promise<void> {
  refuseUnfit(options);
  const { peer, file } = operandsOf(options);
  const shared = sharedBy(options, peer);
  const input = inputOf(file, context);
  const messages = messagesIn(input, options.ndjsonItems === true);
  try {
    if (options.dryRun === true) await plan(messages, peer, context);
    else await sendAll(messages, { input, shared }, context);
  } catch (error) {
    throw explain(await explainUnknownPeer(error, options, context), file);
  }
}

interface NumberedMessage {
  readonly number: number;
  readonly message: BatchedMessage;
}

async function* messagesIn(
  input: AsyncIterable<unknown>,
  areItems: boolean,
): AsyncGenerator<NumberedMessage> {
  const longest = areItems ? 2 * LARGEST_ITEM + LINE_EXTRA : LARGEST_ITEM;
  const read = areItems ? messageOfItem : messageOfLine;
  for await (const line of linesOf(input, longest)) {
    yield { number: line.number, message: read(line) };
  }
}

/** Checks everything and sends nothing. */
async function plan(
  messages: AsyncIterable<NumberedMessage>,
  peer: PeerName,
  context: Context,
): Promise<void> {
  const session = await context.session();
  const [recipient] = await resolveRecipients([peer], session.offline());
  const topic = recipient?.topic ?? '';
  let [count, size] = [0, 0];
  for await (const { message } of messages) {
    count += 1;
    size += message.payload.length;
  }
  const text = `would send ${count} messages (${size} bytes) to ${peer}: ${topic}`;
  const line = context.json
    ? JSON.stringify({ state: 'dry-run', messages: count, size, topic })
    : text;
  await context.io.stdout.write(`${line}\n`);
}

async function sendAll(
  messages: AsyncIterable<NumberedMessage>,
  { input, shared }: { readonly input: AsyncIterable<unknown>; readonly shared: BatchOptions },
  context: Context,
): Promise<void> {
  const session = await context.session();
  const batcher = new Batcher(session.messaging(), shared, { ...BOUNDS, linger: LINGER });
  // Whoever waits for more lines than there will be is not to be waited for.
  const stop = (): void => {
    if (input instanceof Readable) input.destroy();
  };
  const results = new NdjsonResults(context, stop);
  const stopping = context.drainSignal('the messages in hand');
  stopping.addEventListener('abort', stop);
  try {
    for await (const { number, message } of messages) {
      if (stopping.aborted || results.hasFailed) break;
      await batcher.ready();
      results.expect(number, batcher.add(message));
    }
  } catch (error) {
    if (!stopping.aborted && !results.hasFailed) results.fail(error);
  }
  await batcher.close();
  await results.conclude();
}

/** What concerns one message cannot be said for all lines. */
function refuseUnfit(options: SendNdjsonOptions): void {
  const unfit = [
    ['--json', options.document],
    ['--id', options.id],
    ['--name', options.name],
    ['--reply-to', options.replyTo],
    ['--wait', options.wait],
    ['--timeout', options.timeout],
  ].find(([, value]) => value !== undefined)?.[0];
  if (unfit === undefined) return;
  throw new MsgError('usage', `${unfit} is for one message, and --ndjson sends many`, {
    hint: insteadOf(unfit),
  });
}

function insteadOf(option: string): string {
  if (option === '--json') return 'give the documents as lines, in a file or on standard input';
  return option === '--wait' || option === '--timeout'
    ? 'ask with --receipt; what comes is in "msg receipt list"'
    : 'with --ndjson-items each line may have an id and a name of its own';
}

function operandsOf(given: SendNdjsonOptions): {
  readonly peer: PeerName;
  readonly file: string | undefined;
} {
  const [first = '', file, another] = given.operands;
  if (file !== undefined && another !== undefined && isPayload(file) && isPayload(another)) {
    throw twoPayloads(file, another);
  }
  const [peer, ...others] = peersIn(first, given);
  if (peer === undefined || others.length > 0 || another !== undefined) {
    throw new MsgError('usage', '--ndjson sends to one peer', {
      hint: 'run it once for each: msg send PEER FILE --ndjson',
    });
  }
  return { peer, file: file === '-' ? undefined : file };
}

function sharedBy(options: SendNdjsonOptions, to: PeerName): BatchOptions {
  const { type, cid, contentType = 'application/json', expires, queue, compress } = options;
  const receipt = parseReceiptWords(options.receipt);
  return {
    ...{ to, contentType },
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { cid }),
    ...(expires === undefined ? {} : { expiresIn: parseDuration(expires) }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(queue === true ? { queue } : {}),
    ...(compress === true ? { encoding: 'gzip' as const } : {}),
  };
}

function inputOf(file: string | undefined, { io }: Context): AsyncIterable<unknown> {
  if (file !== undefined) return createReadStream(file);
  if (!io.stdin.isTTY) return io.stdin.stream;
  throw new MsgError(
    'usage',
    'nothing to send: no file was named and standard input is a terminal',
    {
      hint: 'name a file, or pipe lines of JSON into it',
    },
  );
}

function explain(error: unknown, file: string | undefined): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof MsgError) return error;
  return new MsgError(
    'file-not-found',
    `cannot read ${file ?? 'standard input'}: ${String(error.code)}`,
    {
      hint: 'check the path, and who may read it',
      cause: error,
    },
  );
}
