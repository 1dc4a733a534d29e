import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Answer, Validators } from './answer.js';
import { httpLifetimeOf } from './http-lifetime.js';

/** How much one question may cost. */
export interface FetchLimits {
  /** From the first byte sent to the last received, redirections included, in milliseconds. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Why an address gave no list. */
class FetchError extends Error {
  override readonly name = 'FetchError';
}

const MAX_REDIRECTIONS = 3;
const MAX_VALIDATOR = 256;

/**
 * Asks a web server for a revocation list (RFC 5280, section 4.2.1.13, and RFC 2585).
 *
 * Redirections are followed on the same host only, and never from https to http: the authority has
 * signed that one address, not wherever it leads.
 *
 * @param known what came with the list at hand, if one is
 */
export async function fetchList(
  address: string,
  known: Validators | undefined,
  limits: FetchLimits,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(limits.timeout);
  const signal = AbortSignal.any([timeout, limits.signal]);
  try {
    return await follow(new URL(address), known, { ...limits, signal });
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, timeout.aborted, limits) };
  }
}

function reasonOf(error: unknown, isLate: boolean, { timeout }: FetchLimits): string {
  if (error instanceof FetchError) return error.message;
  if (isLate) return `no answer within ${timeout / 1000} s`;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

async function follow(
  start: URL,
  known: Validators | undefined,
  limits: FetchLimits,
): Promise<Answer> {
  let url = start;
  for (let hops = 0; hops <= MAX_REDIRECTIONS; hops++) {
    const response = await get(url, known, limits.signal);
    const { statusCode: status = 0, headers } = response;
    const isRedirection = status >= 301 && status <= 308 && headers.location !== undefined;
    if (!isRedirection || status === 304) return read(response, limits.maxBytes);
    response.destroy();
    url = redirected(url, headers.location ?? '');
  }
  throw new FetchError('too many redirections');
}

async function get(
  url: URL,
  known: Validators | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { request } =
    url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const headers = {
    accept: 'application/pkix-crl, application/octet-stream, */*',
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'GET', headers, agent: false, signal });
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    outgoing.end();
  });
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isUpgrade = from.protocol === 'http:' && to?.protocol === 'https:';
  if (to === undefined || to.hostname !== from.hostname) {
    throw new FetchError('it redirects to another host');
  }
  if (to.protocol !== from.protocol && !isUpgrade) {
    throw new FetchError('it redirects to another protocol');
  }
  if (to.port !== from.port) throw new FetchError('it redirects to another port');
  return to;
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  const httpLifetime = httpLifetimeOf(headers);
  if (status === 304) {
    response.resume();
    return { kind: 'unchanged', httpLifetime };
  }
  if (status !== 200) {
    response.destroy();
    throw new FetchError(`HTTP status ${status}`);
  }
  const body = await bodyOf(response, maxBytes);
  return { kind: 'list', body, validators: validatorsOf(headers), httpLifetime };
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new FetchError(`more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function validatorsOf({ etag, 'last-modified': lastModified }: IncomingHttpHeaders): Validators {
  const usable = (text: string | undefined): string | undefined =>
    text !== undefined && text.length <= MAX_VALIDATOR && /^[\x20-\x7e]+$/.test(text)
      ? text
      : undefined;
  return { etag: usable(etag), lastModified: usable(lastModified) };
}
