import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Endpoint, RpcTls } from './endpoint.js';

/** Why one request failed: nothing came back, or not what JSON-RPC over HTTP gives. */
export class PostError extends Error {
  override readonly name = 'PostError';
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Whether the server had closed a kept connection before the request could reach it. */
  readonly isStale: boolean;

  constructor(
    message: string,
    details: {
      readonly status?: number;
      readonly isStale?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.isStale = details.isStale ?? false;
  }
}

/** One request's limits. */
export interface PostLimits {
  /** From the first byte sent to the last received, in milliseconds. */
  readonly timeout: number;
  /** The longest answer that is read, in bytes. */
  readonly maxBytes: number;
}

/**
 * Posts JSON text and gives the answer's text. `node:http` and not `fetch`: in a fresh process the
 * first answer takes half the time.
 *
 * @throws PostError
 */
export async function post(
  endpoint: Endpoint,
  body: string,
  limits: PostLimits,
  tls: RpcTls = {},
): Promise<string> {
  const isTls = endpoint.url.protocol === 'https:';
  const { request } = isTls ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(error instanceof PostError ? error : failureOf(error, outgoing.reusedSocket));
      outgoing.destroy();
    };
    const outgoing = request(endpoint.url, optionsOf(endpoint, body, isTls ? tls : {}));
    const timer = setTimeout(() => {
      fail(new PostError(`no answer within ${limits.timeout} ms`));
    }, limits.timeout);
    outgoing.on('error', fail);
    outgoing.on('response', (response) => {
      readAnswer(response, limits.maxBytes).then((text) => {
        clearTimeout(timer);
        resolve(text);
      }, fail);
    });
    outgoing.end(body);
  });
}

function optionsOf(endpoint: Endpoint, body: string, tls: RpcTls): RequestOptions & RpcTlsOptions {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(endpoint.authorization === undefined ? {} : { authorization: endpoint.authorization }),
    },
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
  };
}

interface RpcTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new PostError(`an answer of more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  const status = response.statusCode ?? 0;
  const text = Buffer.concat(pieces).toString('utf8');
  // Some nodes answer a failed call with status 400 or 500 and a JSON-RPC error in the body.
  if (status === 200 || (text.startsWith('{') && text.includes('"jsonrpc"'))) return text;
  throw new PostError(`HTTP status ${status}`, { status });
}

function failureOf(cause: unknown, isReused: boolean): PostError {
  if (!(cause instanceof Error)) return new PostError('the request failed', { cause });
  const { code } = cause as NodeJS.ErrnoException;
  return new PostError(code ?? cause.message, {
    cause,
    isStale: isReused && code === 'ECONNRESET',
  });
}
