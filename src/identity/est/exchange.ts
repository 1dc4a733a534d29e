import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connectionFailure, unusable } from './failure.js';

/**
 * Whom to believe that a server is the right one: certificates that its own has to lead to, those that
 * Node comes with, or, for one look at certificates that somebody then compares, nobody.
 */
export type ServerTrust =
  | { readonly kind: 'anchors'; readonly pem: string }
  | { readonly kind: 'system' }
  | { readonly kind: 'nobody' };

/** A certificate and its key for TLS, PEM; the certificate is followed by its issuers. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** How a server is reached. */
export interface Connection {
  readonly trust: ServerTrust;
  readonly identity?: TlsIdentity | undefined;
  /** From the first octet sent to the last received, in milliseconds. */
  readonly timeout: number;
}

/** One request. */
export interface EstRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted where there is one. */
  readonly body?: string | undefined;
}

/** What a server answered. */
export interface EstAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The longest answer that is read, in bytes: a long chain takes a twentieth of it. */
export const MAX_ANSWER = 256 * 1024;

/** How often an answer may send the request elsewhere on the same server. */
const MAX_REDIRECTIONS = 3;

/**
 * Makes one request over a TLS connection of its own, without any proxy. A redirection is followed
 * within the same server only (RFC 7030, section 3.2.1).
 *
 * @throws MsgError `enrolment-unreachable`, `enrolment-untrusted` or `enrolment-refused`.
 */
export async function exchange(wanted: EstRequest, connection: Connection): Promise<EstAnswer> {
  let url = wanted.url;
  for (let redirections = 0; ; redirections++) {
    const answer = await once({ ...wanted, url }, connection);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next?.origin !== url.origin || redirections >= MAX_REDIRECTIONS) {
      throw unusable(`it sends requests elsewhere: ${location.slice(0, 200)}`, {
        hint: 'if that is your authority, too, set est.url to it',
      });
    }
    url = next;
  }
}

function once({ url, headers, body }: EstRequest, connection: Connection): Promise<EstAnswer> {
  // An agent of its own: the shared one keeps connections, and may be told to use a proxy.
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  return new Promise<EstAnswer>((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(connectionFailure(error, url));
      outgoing.destroy();
    };
    const outgoing = request(url, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...lengthOf(body) },
      ...tlsOf(connection),
    });
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${connection.timeout / 1000} s`));
    }, connection.timeout);
    outgoing.on('close', () => {
      clearTimeout(timer);
    });
    outgoing.on('error', fail);
    outgoing.on('response', (response) => {
      readBody(response).then((content) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content });
      }, fail);
    });
    outgoing.end(body);
  });
}

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

function tlsOf({ trust, identity }: Connection) {
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: trust.kind !== 'nobody',
    // Whoever pins an intermediate, or the server's own certificate, means just that.
    ...(trust.kind === 'anchors' ? { ca: trust.pem, allowPartialTrustChain: true } : {}),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
  } as const;
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_ANSWER) throw unusable(`it is longer than ${MAX_ANSWER / 1024} KiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
