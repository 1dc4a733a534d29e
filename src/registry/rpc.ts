import { MsgError } from '../errors.js';
import type { Endpoint, RpcAuthorization, RpcTls } from './rpc/endpoint.js';
import { parseEndpoint } from './rpc/endpoint.js';
import { post, PostError } from './rpc/post.js';

export type { RpcAuthorization, RpcTls } from './rpc/endpoint.js';

/** How the chain's nodes are reached. */
export interface RpcOptions {
  /** JSON-RPC addresses, tried in this order; user and password in them are sent as a header. */
  readonly urls: readonly string[];
  readonly authorization?: RpcAuthorization;
  /** Finds the Authorization header's value, before the first request to an address without one. */
  readonly credentials?: () => Promise<string>;
  readonly tls?: RpcTls;
  /** For one request, in milliseconds; 10,000 where absent. */
  readonly timeout?: number;
  /** The longest answer that is read, in bytes; 64 MiB where absent. */
  readonly maxBytes?: number;
}

/** An error that the node itself answered with (JSON-RPC 2.0, section 5.1). */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly code: number;
  /** Revert data or whatever else the node adds; not to be trusted. */
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const RETRY_STATUS = new Set([502, 503, 504]);
const RETRY_PAUSES = [100, 400];
const MAX_REASON = 200;

/**
 * JSON-RPC 2.0 over HTTP to the first node of several that answers. A gateway's 502, 503 and 504 and
 * a kept connection that the server has closed are tried again; every call here may be repeated, sending a signed transaction included, since a
 * node takes the same bytes once only.
 */
export class RpcClient {
  readonly #endpoints: readonly Endpoint[];
  readonly #options: RpcOptions;

  /** @throws MsgError `config` when there is no address or one is not http(s). */
  constructor(options: RpcOptions) {
    this.#options = options;
    this.#endpoints = options.urls.map((url) => parseEndpoint(url, options.authorization));
    if (this.#endpoints.length > 0) return;
    throw new MsgError('config', 'no chain node is configured', {
      hint: 'set the address of at least one JSON-RPC node',
    });
  }

  /** Scheme, host and port of each node, in order; safe to show. */
  get labels(): readonly string[] {
    return this.#endpoints.map(({ label }) => label);
  }

  /** A client for each single node, to compare what they say. */
  each(): readonly RpcClient[] {
    return this.#options.urls.map((url) => new RpcClient({ ...this.#options, urls: [url] }));
  }

  /**
   * Makes one call.
   *
   * @throws RpcFault when the node refuses it.
   * @throws MsgError `chain-unreachable` when no node answers, `config` when they want credentials.
   */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const failures: PostError[] = [];
    for (const endpoint of this.#endpoints) {
      try {
        return await this.#callAt(endpoint, method, params);
      } catch (error) {
        if (!(error instanceof PostError)) throw error;
        failures.push(error);
      }
    }
    throw this.#unreachable(failures);
  }

  async #callAt(endpoint: Endpoint, method: string, params: readonly unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const authorization = endpoint.authorization ?? (await this.#options.credentials?.());
    return resultOf(parseJson(await this.#postPatiently({ ...endpoint, authorization }, body)));
  }

  async #postPatiently(endpoint: Endpoint, body: string): Promise<string> {
    const { timeout = 10_000, maxBytes = 64 * 1024 * 1024, tls } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await post(endpoint, body, { timeout, maxBytes }, tls);
      } catch (error) {
        const pause = RETRY_PAUSES[attempt];
        if (pause === undefined || !isWorthRetrying(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #unreachable(failures: readonly PostError[]): MsgError {
    const reasons = failures.map(({ message }, index) => `${this.labels[index] ?? ''}: ${message}`);
    const refused = failures.every(({ status }) => status === 401 || status === 403);
    const text = `no chain node answers (${printable(reasons.join('; '))})`;
    if (!refused) {
      return new MsgError('chain-unreachable', text, {
        hint: 'check the address of the node and that it runs',
        cause: failures[0],
      });
    }
    return new MsgError(
      'config',
      `the chain node refuses the credentials (${reasons.join('; ')})`,
      {
        hint: 'check the user and password or the token for the node',
      },
    );
  }
}

/** Text from outside, fit for a terminal: no control characters, at most 200 of the others. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- removing them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, MAX_REASON);
}

function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof PostError)) return false;
  return error.isStale || (error.status !== undefined && RETRY_STATUS.has(error.status));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new PostError('an answer that is not JSON', { cause });
  }
}

/** One request a connection at a time, so the answer's id has nothing to tell apart. */
function resultOf(answer: unknown): unknown {
  const fields: { result?: unknown; error?: unknown } =
    typeof answer === 'object' && answer !== null ? answer : {};
  if (fields.error !== undefined && fields.error !== null) throw parseFault(fields.error);
  if ('result' in fields) return fields.result;
  throw new PostError('an answer that is not JSON-RPC 2.0');
}

function parseFault(error: unknown): RpcFault {
  const fields: { code?: unknown; message?: unknown; data?: unknown } =
    typeof error === 'object' && error !== null ? error : {};
  const message = typeof fields.message === 'string' ? printable(fields.message) : 'no reason';
  return new RpcFault(Number(fields.code), message, fields.data);
}
