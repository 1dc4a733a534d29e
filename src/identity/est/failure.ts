import { MsgError, type MsgErrorOptions } from '../../errors.js';
import type { EstAnswer } from './exchange.js';

/** What OpenSSL's verification says, as Node names it, when a server's certificate does not do. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
]);

/** What a request that got no answer ends with. */
export function connectionFailure(cause: unknown, { host }: URL): MsgError {
  if (cause instanceof MsgError) return cause;
  const { code = '', message } = cause instanceof Error ? withCode(cause) : { message: 'unknown' };
  const reason = /^E[A-Z]+$/.test(code) ? code : message.slice(0, 200);
  if (UNTRUSTED.has(code)) {
    return new MsgError('enrolment-untrusted', `${host} is not trusted: ${reason}`, {
      hint: 'nothing was sent to it; compare its certificate with what the setting est.ca names',
      cause,
    });
  }
  if (/ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|BAD_CERT)/.test(code)) {
    return new MsgError('not-authorised', `${host} does not accept the client certificate`, {
      hint: 'it may be expired, of another authority, or not for TLS (clientAuth); with a user name and password: msg cert enroll',
      cause,
    });
  }
  return new MsgError('enrolment-unreachable', `no answer from ${host}: ${reason}`, {
    hint: 'check est.url, and whether the server can be reached; then run it again',
    cause,
  });
}

function withCode(error: Error): { readonly code: string; readonly message: string } {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: error.message };
}

/** What an answer ends with that says yes and is not what it should be. */
export function unusable(reason: string, options: MsgErrorOptions = {}): MsgError {
  return new MsgError('enrolment-refused', `the EST server's answer cannot be used: ${reason}`, {
    hint: 'nothing was taken in; ask the authority, then run it again',
    ...options,
  });
}

/** How the request that was refused had said who asks. */
export interface Presented {
  readonly host: string;
  readonly username: string | undefined;
  readonly hasCertificate: boolean;
}

/** What a request ends with that the server did not grant. */
export function statusFailure(answer: EstAnswer, presented: Presented): MsgError {
  const { status } = answer;
  const { host } = presented;
  if (status === 401) return unauthorised(answer, presented);
  if (status === 403) {
    return new MsgError('not-authorised', `${host} forbids it${saying(answer)}`, {
      hint: 'ask the authority whether it knows this name and these credentials',
    });
  }
  if (status === 404 || status === 405 || status === 501) {
    return new MsgError('config', `${host} offers no such EST service (HTTP ${status})`, {
      hint: 'check est.url; some authorities need a label: https://HOST/.well-known/est/LABEL',
    });
  }
  if (status === 429 || status >= 500) {
    return new MsgError('enrolment-unreachable', `${host} answers with HTTP ${status}`, {
      hint: 'run it again later; if it stays so, ask the authority',
    });
  }
  return new MsgError('enrolment-refused', `${host} refused it (HTTP ${status})${saying(answer)}`, {
    hint: 'ask the authority what it objects to in the request: msg identity csr',
  });
}

function unauthorised(answer: EstAnswer, { host, username, hasCertificate }: Presented): MsgError {
  const scheme = /^\s*([A-Za-z-]+)/.exec(answer.headers['www-authenticate'] ?? '')?.[1] ?? 'Basic';
  if (username !== undefined && scheme.toLowerCase() === 'basic') {
    return new MsgError('not-authorised', `${host} does not accept the password of ${username}`, {
      hint: 'check est.username and est.password; a password for enrolment often works once only',
    });
  }
  if (scheme.toLowerCase() !== 'basic') {
    return new MsgError('not-authorised', `${host} asks for ${scheme}, which msg does not speak`, {
      hint: 'have it accept HTTP Basic, or a client certificate (est.cert and est.key)',
    });
  }
  if (hasCertificate) {
    return new MsgError('not-authorised', `${host} does not accept the client certificate alone`, {
      hint: 'it may be expired, or of another authority; set est.username and est.password, or enrol anew: msg cert enroll --again',
    });
  }
  return new MsgError('not-authorised', `${host} wants to know who asks`, {
    hint: 'set est.username and est.password, or est.cert and est.key',
  });
}

/** What the server says in words: for people, in one line. */
function saying({ headers, body }: EstAnswer): string {
  if (!/^text\/plain\b/i.test(headers['content-type'] ?? '')) return '';
  const text = body.toString('utf8', 0, 400).replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text.slice(0, 200)}`;
}
