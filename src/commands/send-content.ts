import { open as openFile, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseJson } from '../config/json-text.js';
import { MsgError } from '../errors.js';
import { SURELY_FITS, type LargePayload } from '../messaging/send-request.js';
import type { Context } from '../runtime.js';
import { readHead } from '../terminal/input.js';
import { contentTypeOf } from './content-type.js';

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
      { hint: 'quote the document for the shell, such as --json \'{"amount": 12}\'' },
    );
  }
  return {
    payload: Buffer.from(document),
    contentType: options.contentType ?? 'application/json',
    name: options.name,
  };
}

async function readFile(path: string, options: ContentOptions): Promise<Content> {
  const about = {
    contentType: options.contentType ?? contentTypeOf(path),
    name: options.name ?? basename(path),
  };
  try {
    const file = await openFile(path, 'r');
    const { size, isLarge } = await lookAt(file, path);
    if (isLarge) {
      await file.close();
      return { ...about, payload: { file: path }, size };
    }
    // Not readFile: a device or a growing file has no end that its size would tell.
    return {
      ...about,
      payload: await payloadOf(file.createReadStream({ highWaterMark: 1 << 20 })),
    };
  } catch (error) {
    throw explainFile(error, path, options.operands.length);
  }
}

async function payloadOf(stream: AsyncIterable<unknown>): Promise<Content['payload']> {
  const { head, rest } = await readHead(stream, SURELY_FITS);
  return rest === undefined ? head : { stream: rest };
}

async function lookAt(
  file: FileHandle,
  path: string,
): Promise<{ readonly size: number; readonly isLarge: boolean }> {
  const stat = await file.stat();
  if (stat.isDirectory()) {
    await file.close();
    throw new MsgError('usage', `${path} is a directory`, {
      hint: `send it packed: tar cz ${path} | msg send PEER - --name ${basename(path)}.tgz`,
    });
  }
  if (stat.isCharacterDevice() || stat.isBlockDevice()) {
    await file.close();
    throw new MsgError('usage', `${path} is a device, which may have no end`, {
      hint: `pass as much of it as you mean: head -c 1G ${path} | msg send PEER -`,
    });
  }
  return { size: stat.size, isLarge: stat.isFile() && stat.size > SURELY_FITS };
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
