import { open as openFile, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseJson } from '../config/json-text.js';
import { parseMessageId, type MessageId } from '../domain/message-id.js';
import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { dryRun, send, type SendRequest, type SendResult } from '../messaging/send.js';
import type { Context } from '../runtime.js';
import { readAll } from '../terminal/input.js';
import { parseDuration } from '../domain/duration.js';
import { contentTypeOf } from './content-type.js';

/** What `msg send` was asked to do. */
export interface SendOptions {
  /** Peers, then the file unless `document` is given; `-` is standard input. */
  readonly operands: readonly string[];
  /** A JSON text to send instead of a file. */
  readonly document?: string | undefined;
  readonly type?: string | undefined;
  readonly cid?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly name?: string | undefined;
  readonly contentType?: string | undefined;
  readonly expires?: string | undefined;
  readonly id?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly queue?: boolean | undefined;
}

/** More does not fit a record on any broker with usual settings. */
const LARGEST_INPUT = 64 * 1024 * 1024;

/** Sends a file, standard input or a JSON document; prints the message id. */
export async function run(options: SendOptions, context: Context): Promise<void> {
  const { peers, source } = splitOperands(options);
  const content = await readContent(source, options, context);
  const request = makeRequest(peers, content, options);
  const session = await context.session();
  if (options.dryRun === true) {
    await printDryRun(await dryRun(request, session.offline()), context);
    return;
  }
  const result = await send(request, session.messaging());
  await printResult(result, context);
}

interface Content {
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly name: string | undefined;
}

type Source = { readonly file: string } | 'stdin' | { readonly document: string };

/** Peers come first, several also separated by commas; the last operand is the file, if there is one. */
function splitOperands(options: SendOptions): { peers: readonly PeerName[]; source: Source } {
  const operands = [...options.operands];
  const last = operands.length > 1 && options.document === undefined ? operands.pop() : undefined;
  const names = operands.flatMap((operand) => operand.split(','));
  const peers = [...new Set(names.map(parsePeerName))];
  if (options.document !== undefined) return { peers, source: { document: options.document } };
  return { peers, source: last === undefined || last === '-' ? 'stdin' : { file: last } };
}

async function readContent(
  source: Source,
  options: SendOptions,
  context: Context,
): Promise<Content> {
  if (source === 'stdin') return readStdin(options, context);
  if ('document' in source) return readDocument(source.document, options);
  return {
    payload: await readFileWithin(source.file, options.operands.length),
    contentType: options.contentType ?? contentTypeOf(source.file),
    name: options.name ?? basename(source.file),
  };
}

async function readStdin(options: SendOptions, { io }: Context): Promise<Content> {
  if (io.stdin.isTTY && !options.operands.includes('-')) {
    throw new MsgError(
      'usage',
      'nothing to send: no file was named and standard input is a terminal',
      {
        hint: 'name a file, pass "-" to type the message, or give a document with --json',
      },
    );
  }
  const payload = await readAll(io.stdin, LARGEST_INPUT);
  if (payload.length === 0 && !options.operands.includes('-')) {
    throw new MsgError('usage', 'nothing to send: no file was named and standard input is empty', {
      hint: 'end with "-" to send an empty message on purpose',
    });
  }
  const contentType = options.contentType ?? 'application/octet-stream';
  return { payload, contentType, name: options.name };
}

function readDocument(document: string, options: SendOptions): Content {
  const parsed = parseJson(document);
  if (!parsed.ok) {
    const { line, column } = parsed.position;
    throw new MsgError(
      'json-invalid',
      `not JSON: ${parsed.expected} expected at line ${line}, column ${column}`,
      { hint: 'quote the document for the shell, such as --json \'{"amount": 12}\'' },
    );
  }
  return {
    payload: Buffer.from(document),
    contentType: options.contentType ?? 'application/json',
    name: options.name,
  };
}

async function readFileWithin(path: string, operands: number): Promise<Uint8Array> {
  try {
    const file = await openFile(path, 'r');
    try {
      await refuseUnreadable(file, path);
      // Not readFile: a device or a growing file has no end that its size would tell.
      const stream = file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
      return await readAll({ stream }, LARGEST_INPUT, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explainFile(error, path, operands);
  }
}

async function refuseUnreadable(file: FileHandle, path: string): Promise<void> {
  const stat = await file.stat();
  if (stat.isDirectory()) {
    throw new MsgError('usage', `${path} is a directory`, {
      hint: `send it packed: tar cz ${path} | msg send PEER - --name ${basename(path)}.tgz`,
    });
  }
  if (stat.size <= LARGEST_INPUT) return;
  throw new MsgError('too-large', `${path} is ${stat.size} bytes: more than a record can hold`, {
    hint: 'split the file; an inbox takes about 1 MB in one message unless its topic allows more',
  });
}

function explainFile(error: unknown, path: string, operands: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined || error instanceof MsgError) return error;
  if (code !== 'ENOENT') {
    return new MsgError('file-not-found', `cannot read ${path}: ${code}`, {
      hint: 'check who may read it',
      cause: error,
    });
  }
  const hint =
    operands > 1
      ? 'the last operand is the file; end with "-" to send standard input to several peers'
      : 'check the path';
  return new MsgError('file-not-found', `no such file: ${path}`, { hint, cause: error });
}

function makeRequest(to: readonly PeerName[], content: Content, options: SendOptions): SendRequest {
  const { payload, contentType, name } = content;
  const replyTo = parseOptional(options.replyTo, parseMessageId);
  const id = parseOptional<MessageId>(options.id, parseMessageId);
  const expiresIn = parseOptional(options.expires, parseDuration);
  return {
    to,
    payload,
    contentType,
    ...(name === undefined ? {} : { name }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.cid === undefined ? {} : { cid: options.cid }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(id === undefined ? {} : { id }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(options.queue === true ? { queue: true } : {}),
  };
}

function parseOptional<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

async function printResult(result: SendResult, { io, report, json }: Context): Promise<void> {
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
  const line = json ? JSON.stringify(describe(result)) : result.id;
  await io.stdout.write(`${line}\n`);
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

async function printDryRun(
  plan: Awaited<ReturnType<typeof dryRun>>,
  context: Context,
): Promise<void> {
  const { header, sealedSize, topics } = plan;
  const peers = header.to.map(({ peer }) => peer).join(', ');
  const line = context.json
    ? JSON.stringify({ state: 'dry-run', header, sealedSize, topics })
    : `would send ${header.size} bytes (${sealedSize} sealed) to ${peers}: ${topics.join(', ')}`;
  await context.io.stdout.write(`${line}\n`);
}
