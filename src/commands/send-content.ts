import { closeSync, createReadStream, openSync, readSync, statSync, type Stats } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { parseJson } from '../config/json-text.js';
import { MsgError } from '../errors.js';
import { SURELY_FITS, type LargePayload } from '../messaging/send-request.js';
import type { Context } from '../runtime.js';
import { readHead } from '../terminal/input.js';

/** What a message holds, and how it is called. */
export interface Content {
  readonly payload: Uint8Array | LargePayload;
  /** Of a file that memory need not hold, in bytes. */
  readonly size?: number;
  readonly contentType: string;
  readonly name: string | undefined;
}

/** Where the content comes from. */
export type ContentSource = { readonly file: string } | 'stdin' | { readonly document: string };

/** The options that say something about the content. */
export interface ContentOptions {
  readonly operands: readonly string[];
  readonly name?: string | undefined;
  readonly contentType?: string | undefined;
}

/** Reads what fits one record; what is larger is read when it is sent. */
export function readContent(
  source: ContentSource,
  options: ContentOptions,
  context: Context,
): Promise<Content> {
  if (source === 'stdin') return readStdin(options, context);
  if ('document' in source) return Promise.resolve(readDocument(source.document, options));
  return readFile(source.file, options);
}

async function readStdin(options: ContentOptions, { io }: Context): Promise<Content> {
  if (io.stdin.isTTY && !options.operands.includes('-')) {
    throw new MsgError(
      'usage',
      'nothing to send: no file was named and standard input is a terminal',
      {
        hint: 'name a file, pass "-" to type the message, or give a document with --json',
      },
    );
  }
  const payload = await payloadOf(io.stdin.stream);
  const isEmpty = payload instanceof Uint8Array && payload.length === 0;
  if (isEmpty && !options.operands.includes('-')) {
    throw new MsgError('usage', 'nothing to send: no file was named and standard input is empty', {
      hint: 'end with "-" to send an empty message on purpose',
    });
  }
  const contentType = options.contentType ?? 'application/octet-stream';
  return { payload, contentType, name: options.name };
}

function readDocument(document: string, options: ContentOptions): Content {
  const parsed = parseJson(document);
  if (!parsed.ok) {
    const { line, column } = parsed.position;
    throw new MsgError(
      'json-invalid',
      `not JSON: ${parsed.expected} expected at line ${line}, column ${column}`,
      { hint: jsonHint(document) },
    );
  }
  return {
    payload: Buffer.from(document),
    contentType: options.contentType ?? 'application/json',
    name: options.name,
  };
}

/** `--json -` and `--json @file` are what other programs take for standard input and a file. */
function jsonHint(document: string): string {
  return /^(?:-|@.*)$/.test(document)
    ? '--json takes the document itself; to send a file or standard input leave it out: msg send PEER FILE'
    : 'quote the document for the shell, such as --json \'{"amount": 12}\'';
}

async function readFile(path: string, options: ContentOptions): Promise<Content> {
  const name = options.name ?? basename(path);
  const contentType = options.contentType ?? (await typeByExtension(path));
  try {
    return { contentType, name, ...(await readPayload(path)) };
  } catch (error) {
    throw explainFile(error, path, options.operands.length);
  }
}

/** The table of extensions takes milliseconds to set up. */
async function typeByExtension(path: string): Promise<string> {
  if (extname(path) === '') return 'application/octet-stream';
  return (await import('./content-type.js')).contentTypeOf(path);
}

/** Opened without a thread for what is short and a file: that takes longer than to read it. */
async function readPayload(path: string): Promise<Pick<Content, 'payload' | 'size'>> {
  const found = statSync(path);
  if (found.isFile() && found.size > SURELY_FITS)
    return { payload: { file: path }, size: found.size };
  const whole = found.isFile() ? readAtOnce(path, found.size) : undefined;
  if (whole !== undefined) return { payload: whole };
  refuseEndless(found, path);
  return { payload: await payloadOf(createReadStream(path, { highWaterMark: 1 << 20 })) };
}

/** What a file holds, where that is what its size says; one that grows, or is made up, holds more. */
function readAtOnce(path: string, size: number): Buffer | undefined {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(size + 1);
    for (let length = 0; length < buffer.length;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

async function payloadOf(stream: AsyncIterable<unknown>): Promise<Content['payload']> {
  const { head, rest } = await readHead(stream, SURELY_FITS);
  return rest === undefined ? head : { stream: rest };
}

function refuseEndless(found: Stats, path: string): void {
  if (found.isDirectory()) {
    throw new MsgError('usage', `${path} is a directory`, {
      hint: `send it packed: tar cz ${path} | msg send PEER - --name ${basename(resolve(path)) || 'root'}.tgz`,
    });
  }
  if (found.isCharacterDevice() || found.isBlockDevice()) {
    throw new MsgError('usage', `${path} is a device, which may have no end`, {
      hint: `pass as much of it as you mean: head -c 1G ${path} | msg send PEER -`,
    });
  }
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
