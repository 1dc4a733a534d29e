import { MsgError } from '../../errors.js';

/** How a node knows its client: nothing, HTTP Basic (RFC 7617) or a bearer token (RFC 6750). */
export type RpcAuthorization =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** What TLS needs besides the system's own roots; all PEM text. */
export interface RpcTls {
  /** Certificates of a private authority that replace the system's roots. */
  readonly ca?: string;
  /** The client's certificate, followed by its issuers. */
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** One JSON-RPC address, with its credentials apart from what may be shown. */
export interface Endpoint {
  /** Where to send to, without user and password. */
  readonly url: URL;
  /** Scheme, host and port: paths often hold an access key, so they are never shown. */
  readonly label: string;
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
}

/**
 * Takes the address of a node from outside. Credentials in the address win over `authorization`.
 *
 * @throws MsgError `config` when it is no http or https address; the message never repeats it.
 */
export function parseEndpoint(text: string, authorization?: RpcAuthorization): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new MsgError('config', 'the address of the chain node is not an http or https URL', {
      hint: 'give an address such as http://127.0.0.1:8545',
    });
  }
  const credentials = credentialsOf(url) ?? authorization;
  url.username = '';
  url.password = '';
  return {
    url,
    label: url.origin,
    authorization: credentials === undefined ? undefined : headerOf(credentials),
  };
}

function credentialsOf(url: URL): RpcAuthorization | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return {
    kind: 'basic',
    user: decodePercent(url.username),
    password: decodePercent(url.password),
  };
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function headerOf(credentials: RpcAuthorization): string {
  if (credentials.kind === 'bearer') {
    if (/^[\x21-\x7e]+$/.test(credentials.token)) return `Bearer ${credentials.token}`;
    throw new MsgError('config', 'the token for the chain node is empty or holds a space', {
      hint: 'give the token alone, without the word Bearer and without a line break inside',
    });
  }
  const pair = `${credentials.user}:${credentials.password}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}
