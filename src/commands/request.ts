import { parseDuration } from '../domain/duration.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { IncomingDelivery } from '../messaging/sink.js';
import { request, type Question } from '../messaging/waiting/request.js';
import type { Context } from '../runtime.js';
import { jsonLine } from './message-lines.js';
import { reportFlush } from './outbox.js';
import { openPayloadOutput } from './payload-output.js';
import { readContent, type ContentSource } from './send-content.js';
import { SendProgress } from './send-progress.js';
import { contentOf, parseWishes, type WishOptions } from './send-wishes.js';

/** What `msg request` was asked to do. */
export interface RequestCommandOptions extends Omit<WishOptions, 'replyTo' | 'queue'> {
  readonly peer: string;
  /** A path; `-` or nothing is standard input. */
  readonly file?: string | undefined;
  /** A JSON text to send instead of a file. */
  readonly document?: string | undefined;
  /** How long to wait for the reply. */
  readonly timeout?: string | undefined;
  /** The file for the reply's payload; standard output where absent. */
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
}

/** How long is waited where nobody says, in milliseconds. */
const PATIENCE = 60_000;

/** Asks a peer, and prints the payload of its reply. */
export async function run(options: RequestCommandOptions, context: Context): Promise<void> {
  const peer = parsePeerName(options.peer);
  const timeout = options.timeout === undefined ? PATIENCE : parseDuration(options.timeout);
  const wishes = parseWishes(options);
  const { out: output, force } = options;
  const write = openPayloadOutput({ file: output, force }, context);
  const given = { ...options, operands: [options.file ?? ''] };
  const content = await readContent(sourceOf(options), given, context);
  const session = await context.session();
  const name = content.name ?? 'standard input';
  const progress = new SendProgress(context, { name, size: content.size, peers: 1 });
  const question: Question = {
    ...{ peer, ...wishes, ...contentOf(content) },
    onProgress: progress.update,
  };
  try {
    await request(
      question,
      {
        topic: await session.ownInbox(),
        timeout,
        signal: context.drainSignal('what is being taken in'),
        onFlush: (event) => {
          reportFlush(event, context);
        },
        onSent: ({ id, state }) => {
          progress.finish();
          context.report.detail(`${state}: ${id}; waiting for the reply`);
        },
        onReply: async (reply) => {
          await print(reply, write, { ...context, output });
        },
      },
      session.messaging(),
    );
  } finally {
    progress.finish();
  }
}

function sourceOf({ file, document }: RequestCommandOptions): ContentSource {
  if (document !== undefined) {
    if (file === undefined) return { document };
    throw new MsgError('usage', 'both a file and a JSON document were given', {
      hint: 'send one of them',
    });
  }
  return file === undefined || file === '-' ? 'stdin' : { file };
}

async function print(
  reply: IncomingDelivery,
  write: (payload: IncomingDelivery['payload']) => Promise<void>,
  { io, json, report, output }: Context & { readonly output: string | undefined },
): Promise<void> {
  if (reply.replay) report.note(`the reply ${reply.header.id} was delivered before`);
  if (!json) return write(reply.payload);
  const isFile = output !== undefined && output !== '-';
  if (isFile) await write(reply.payload);
  if (!isFile && reply.payload.place === 'file') {
    throw new MsgError(
      'usage',
      `the reply of ${reply.payload.size} bytes is too large for a line`,
      {
        hint: 'ask again with the same --id and -o FILE',
      },
    );
  }
  await io.stdout.write(`${jsonLine(reply, isFile ? { file: output } : {})}\n`);
}
