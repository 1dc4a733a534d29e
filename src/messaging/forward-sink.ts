import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { codeOf } from '../files/durable-file.js';
import { collect } from './handler-output.js';
import { handlerVariables } from './handler-variables.js';
import { MessageRefused } from './message-refused.js';
import { LARGEST_REPLY, tooLongReply } from './reply-content.js';
import type { IncomingDelivery, ReplyContent, Sink, SinkResult } from './sink.js';

/** How to hand messages to a web server. */
export interface ForwardOptions {
  readonly url: URL;
  /** The value of the Authorization header, asked for before each request. */
  readonly authorization?: (() => Promise<string>) | undefined;
  /** PEM text of a private authority that replaces the system's roots. */
  readonly ca?: string | undefined;
  /** For how long nothing may happen on the connection, in milliseconds. */
  readonly timeout: number;
  /** Whether the body of an answer is the reply. */
  readonly replies: boolean;
  readonly clock: Clock;
}

/** How much of an answer goes into the reason of a failure, in bytes. */
const LAST_WORDS = 1_000;

/** A longer answer that nobody wants costs the connection, in bytes. */
const LARGEST_IGNORED = 64 * 1024;

/** Statuses below 500 that say nothing about the message: whoever asked, where, or how often. */
const NOT_ABOUT_IT: ReadonlySet<number> = new Set([401, 407, 408, 421, 425, 426, 429]);

/** Posts each message to a web server. */
export class ForwardSink implements Sink {
  readonly #options: ForwardOptions;
  #agent: RequestOptions['agent'];

  constructor(options: ForwardOptions) {
    this.#options = options;
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    const begun = this.#options.clock();
    const response = await this.#post(message).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw await this.#failureOf(response);
    const reply = await this.#replyIn(response);
    const outcome = { outcome: `HTTP ${status}`, milliseconds: this.#options.clock() - begun };
    return { ...outcome, ...(reply === undefined ? {} : { reply }) };
  }

  /** A server may close a kept connection just before the next request: that one is made again. */
  async #post(message: IncomingDelivery): Promise<IncomingMessage> {
    const headers = { ...headersOf(message), ...(await this.#authorization()) };
    for (;;) {
      const request = await this.#request(headers);
      try {
        return await exchange(request, message);
      } catch (error) {
        if (!request.reusedSocket || codeOf(error) !== 'ECONNRESET') throw error;
      }
    }
  }

  async #request(headers: Readonly<Record<string, string>>): Promise<ClientRequest> {
    const { url, ca, timeout } = this.#options;
    const isTls = url.protocol === 'https:';
    const { request, Agent } = isTls ? await import('node:https') : await import('node:http');
    this.#agent ??= new Agent({ keepAlive: true });
    const tls = ca === undefined ? {} : { ca };
    const options = { method: 'POST', headers, agent: this.#agent, timeout, ...tls };
    const outgoing = request(url, options);
    outgoing.on('timeout', () => {
      outgoing.destroy(new Error(`no answer within ${timeout / 1000} s`));
    });
    return outgoing;
  }

  async #authorization(): Promise<Record<string, string>> {
    const authorization = await this.#options.authorization?.();
    return authorization === undefined ? {} : { authorization };
  }

  async #replyIn(response: IncomingMessage): Promise<ReplyContent | undefined> {
    if (!this.#options.replies) {
      // Its bytes have to be read, or the connection cannot be used again.
      await collect(response, LARGEST_IGNORED).catch(() => undefined);
      return undefined;
    }
    const payload = await collect(response, LARGEST_REPLY).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (payload === undefined) throw tooLongReply();
    const contentType = response.headers['content-type'] ?? 'application/octet-stream';
    return payload.length === 0 ? undefined : { payload, contentType };
  }

  /** The address without what may be a secret in it. */
  get #label(): string {
    const { origin, pathname } = this.#options.url;
    return `${origin}${pathname}`;
  }

  async #failureOf(response: IncomingMessage): Promise<MsgError> {
    const status = response.statusCode ?? 0;
    const answer = await beginningOf(response);
    const text = `${this.#label} answered ${status} ${response.statusMessage ?? ''}`.trimEnd();
    const detail = answer === '' ? text : `${text}: ${answer}`;
    if (status >= 400 && status < 500 && !NOT_ABOUT_IT.has(status)) {
      return new MessageRefused('handler-failed', detail);
    }
    return new MsgError('handler-failed', detail, {
      hint: 'the message waits and is posted again',
    });
  }

  #unreachable(error: unknown): unknown {
    if (error instanceof MsgError || !(error instanceof Error)) return error;
    return new MsgError('sink-unavailable', `cannot post to ${this.#label}: ${reasonOf(error)}`, {
      hint: 'messages wait until the server can be reached',
      cause: error,
    });
  }
}

/** The same facts that a command gets as variables: MSG_REPLY_TO is Msg-Reply-To. */
function headersOf(message: IncomingDelivery): Record<string, string> {
  const { header, payload } = message;
  const facts = Object.entries(handlerVariables(message)).flatMap(([name, value]) =>
    value === undefined ? [] : [[headerName(name), headerValue(value)] as const],
  );
  return {
    ...Object.fromEntries(facts),
    'Content-Type': header.contentType,
    'Content-Length': String(payload.size),
    // Two senders may use one id, by mistake or not: neither takes the other's place.
    'Idempotency-Key': `${header.from}/${header.id}`,
  };
}

function headerName(variable: string): string {
  return variable
    .toLowerCase()
    .replace(/(?:^|_)([a-z])/g, (_, letter: string) => `-${letter.toUpperCase()}`)
    .slice(1);
}

/** Printable ASCII as it is, all else as UTF-8 in percent notation (as in CloudEvents over HTTP). */
function headerValue(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}

/** Sends the payload and waits for the answer's head. */
async function exchange(
  outgoing: ClientRequest,
  { payload }: IncomingDelivery,
): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  answered.catch(() => undefined);
  const sent = pipeline(payload.stream(), outgoing);
  // A server may refuse before it has read everything: its answer counts then.
  return Promise.race([answered, sent.then(() => answered)]).catch((error: unknown) => {
    outgoing.destroy();
    throw error;
  });
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece);
      size += piece.length;
      if (size >= LAST_WORDS) break;
    }
  } catch {
    // What has come is enough for a reason.
  }
  const text = Buffer.concat(pieces).subarray(0, LAST_WORDS).toString('utf8');
  return text.replace(/\s+/g, ' ').trim();
}

function reasonOf(error: Error): string {
  const code = codeOf(error);
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${code} (${error.message})`;
}
