import { Asn1Error } from '../../asn1/reader.js';
import type { Clock } from '../../domain/environment.js';
import { CertificateError, type Certificate } from '../../x509/certificate.js';
import { parseCertificate } from '../../x509/parse.js';
import { readCertsOnly } from '../certificate-bundle.js';
import { NO_ATTRIBUTES, readCsrAttributes, type CsrAttributes } from './csr-attributes.js';
import { exchange, type Connection, type EstAnswer } from './exchange.js';
import { statusFailure, unusable } from './failure.js';
import { parseRetryAfter } from './retry-after.js';

/** How an EST server is spoken to. */
export interface EstOptions extends Omit<Connection, 'timeout'> {
  /** The service, such as `https://ca.example/.well-known/est`, without a slash at its end. */
  readonly url: URL;
  /** HTTP Basic (RFC 7617). */
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  readonly clock: Clock;
  /** How long one request may take, in milliseconds; a minute where absent. */
  readonly timeout?: number;
}

/** What came of a request for a certificate. */
export type EnrolmentAnswer =
  | { readonly kind: 'issued'; readonly certificates: readonly Certificate[] }
  /** Somebody has to approve it; `retryAt` in Unix milliseconds. */
  | { readonly kind: 'pending'; readonly retryAt: number };

/** Asks for a certificate for the first time, or in place of the one that TLS presents. */
export type EstOperation = 'simpleenroll' | 'simplereenroll';

/** How long to wait where the server does not say, in milliseconds. */
const DEFAULT_RETRY = 60_000;

/**
 * A client of Enrollment over Secure Transport (RFC 7030 as RFC 8951 clarifies it): answers are
 * base64 whatever their Content-Transfer-Encoding says, and nothing in them is believed unread.
 * Every method throws MsgError `enrolment-unreachable`, `enrolment-untrusted`, `enrolment-refused`,
 * `not-authorised` or `config`.
 */
export class EstClient {
  readonly #options: EstOptions;

  /** A server that nobody vouches for is told nothing about who asks. */
  constructor(options: EstOptions) {
    const isTrusted = options.trust.kind !== 'nobody';
    this.#options = isTrusted ? options : { ...options, login: undefined, identity: undefined };
  }

  /** The authority's own certificates (section 4.1). */
  async authorities(): Promise<readonly Certificate[]> {
    const answer = await this.#ask('cacerts');
    if (answer.status !== 200) throw this.#refusal(answer);
    return certificatesIn(answer);
  }

  /** What requests should be like (section 4.5); {@link NO_ATTRIBUTES} where the server says nothing. */
  async attributes(): Promise<CsrAttributes> {
    const answer = await this.#ask('csrattrs');
    if (SAYS_NOTHING.has(answer.status)) return NO_ATTRIBUTES;
    if (answer.status !== 200) throw this.#refusal(answer);
    requireType(answer, 'application/csrattrs');
    return understood(() => readCsrAttributes(bytesOf(answer)));
  }

  /**
   * Asks for a certificate (sections 4.2.1 and 4.2.2).
   *
   * @param request PKCS#10, DER
   */
  async enroll(operation: EstOperation, request: Uint8Array): Promise<EnrolmentAnswer> {
    const answer = await this.#ask(operation, request);
    if (answer.status === 202) return this.#pending(answer);
    if (answer.status !== 200) throw this.#refusal(answer);
    return { kind: 'issued', certificates: certificatesIn(answer) };
  }

  #ask(operation: string, request?: Uint8Array): Promise<EstAnswer> {
    const { url, login, timeout = 60_000, trust, identity } = this.#options;
    const headers = {
      accept: '*/*',
      ...(login === undefined ? {} : { authorization: basic(login) }),
      ...(request === undefined ? {} : REQUEST_HEADERS),
    };
    const body = request === undefined ? undefined : mimeBase64(request);
    const target = new URL(`${url.href}/${operation}`);
    return exchange({ url: target, headers, body }, { trust, identity, timeout });
  }

  #pending({ headers }: EstAnswer): EnrolmentAnswer {
    const now = this.#options.clock();
    const retryAt = parseRetryAfter(headers['retry-after'], now) ?? now + DEFAULT_RETRY;
    return { kind: 'pending', retryAt };
  }

  #refusal(answer: EstAnswer) {
    const { url, login, identity } = this.#options;
    const username = login?.username;
    return statusFailure(answer, {
      host: url.host,
      username,
      hasCertificate: identity !== undefined,
    });
  }
}

/** Answers to a question for attributes that mean: none. */
const SAYS_NOTHING: ReadonlySet<number> = new Set([204, 401, 403, 404, 405, 501]);

/** The second header is for servers older than RFC 8951. */
const REQUEST_HEADERS = {
  'content-type': 'application/pkcs10',
  'content-transfer-encoding': 'base64',
} as const;

function basic({ username, password }: NonNullable<EstOptions['login']>): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** Base64 in lines, as MIME has it: older servers read nothing else. */
function mimeBase64(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return `${lines.join('\r\n')}\r\n`;
}

function certificatesIn(answer: EstAnswer): readonly Certificate[] {
  requireType(answer, 'application/pkcs7-mime');
  return understood(() => readCertsOnly(bytesOf(answer)).map(parseCertificate));
}

function requireType({ headers }: EstAnswer, wanted: string): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === wanted) return;
  throw unusable(type === '' ? 'it has no content type' : `it is ${type.slice(0, 80)}`);
}

/** The answer's octets (RFC 8951, section 3.1): base64, with white space wherever it likes. */
function bytesOf({ body }: EstAnswer): Buffer {
  const digits = body.toString('latin1').replace(/[\t\n\r ]+/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(digits)) {
    throw new Asn1Error(body.length === 0 ? 'it is empty' : 'it is not base64');
  }
  return Buffer.from(digits, 'base64');
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Asn1Error || cause instanceof CertificateError)) throw cause;
    throw unusable(cause.message, { cause });
  }
}
