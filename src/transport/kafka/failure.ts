import { MsgError } from '../../errors.js';

/** What an error of kafkajs says about itself, gathered along its chain of causes. */
export interface Failure {
  /** Names of error classes, such as `KafkaJSConnectionError`. */
  readonly names: ReadonlySet<string>;
  /** Kafka's own error types, such as `TOPIC_AUTHORIZATION_FAILED`. */
  readonly types: ReadonlySet<string>;
  /** Codes of Node's network and TLS errors, such as `ECONNREFUSED`. */
  readonly codes: ReadonlySet<string>;
  readonly message: string;
}

const MOST_CAUSES = 8;

/** Takes an error of kafkajs apart; its wrappers hide what matters in `cause`. */
export function readFailure(error: unknown): Failure {
  const names = new Set<string>();
  const types = new Set<string>();
  const codes = new Set<string>();
  let message = String(error);
  for (const one of chainOf(error)) {
    if (typeof one['name'] === 'string') names.add(one['name']);
    if (typeof one['type'] === 'string') types.add(one['type']);
    if (typeof one['code'] === 'string') codes.add(one['code']);
    if (typeof one['message'] === 'string') message = one['message'];
  }
  return { names, types, codes, message };
}

function chainOf(error: unknown): Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  for (let one = error; isObject(one) && chain.length < MOST_CAUSES; one = one['cause']) {
    if (chain.includes(one)) break;
    chain.push(one);
    const first = firstOf(one['errors']);
    if (isObject(first)) chain.push(first);
  }
  return chain;
}

/** The first of several errors, as in an AggregateError. */
function firstOf(errors: unknown): unknown {
  return Array.isArray(errors) ? (errors as unknown[])[0] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What was being done when something failed; it makes the sentence and the hint. */
export interface FailureContext {
  readonly brokers: readonly string[];
  readonly isTls: boolean;
  readonly hasCredentials: boolean;
  readonly topic?: string;
  readonly group?: string;
}

/** Tells an operator what an error of kafkajs means and what to do about it. */
export function explain(error: unknown, context: FailureContext): MsgError {
  if (error instanceof MsgError) return error;
  const failure = readFailure(error);
  for (const rule of RULES) {
    const found = rule(failure, context);
    if (found !== undefined)
      return new MsgError(found.code, found.message, { ...found, cause: error });
  }
  return new MsgError('broker-unreachable', `kafka failed: ${failure.message}`, { cause: error });
}

type Explanation = Pick<MsgError, 'code' | 'message'> & { readonly hint: string };
type Rule = (failure: Failure, context: FailureContext) => Explanation | undefined;

const RULES: readonly Rule[] = [
  topicMissing,
  tooLarge,
  credentialsRefused,
  notAllowed,
  certificateRefused,
  wrongProtocol,
  connectionClosed,
  unreachable,
];

function topicMissing({ types }: Failure, { topic }: FailureContext): Explanation | undefined {
  if (!types.has('UNKNOWN_TOPIC_OR_PARTITION') && !types.has('INVALID_TOPIC_EXCEPTION')) return;
  return {
    code: 'not-found',
    message: `no such topic: ${topic ?? 'unnamed'}`,
    hint: 'its owner creates it with msg inbox create; a topic that one may not describe looks the same',
  };
}

function tooLarge({ types }: Failure, { topic }: FailureContext): Explanation | undefined {
  if (!types.has('MESSAGE_TOO_LARGE') && !types.has('RECORD_LIST_TOO_LARGE')) return;
  return {
    code: 'too-large',
    message: `the broker refused a record as too large for ${topic ?? 'the topic'}`,
    hint: 'raise max.message.bytes of the topic, or send smaller chunks',
  };
}

function credentialsRefused({ names, types, message }: Failure): Explanation | undefined {
  const isRefused =
    names.has('KafkaJSSASLAuthenticationError') || types.has('SASL_AUTHENTICATION_FAILED');
  if (!isRefused && !types.has('UNSUPPORTED_SASL_MECHANISM')) return;
  const isMechanism =
    /not supported by the server/.test(message) || types.has('UNSUPPORTED_SASL_MECHANISM');
  return {
    code: 'not-authorised',
    message: isMechanism
      ? 'the broker does not offer this SASL mechanism'
      : 'the broker refused the user name or the password',
    hint: isMechanism
      ? 'choose a mechanism that the broker offers: plain, scram-sha-256 or scram-sha-512'
      : 'check the user and where its password comes from (msg profile show --origin)',
  };
}

function notAllowed({ types }: Failure, context: FailureContext): Explanation | undefined {
  const { topic = 'the topic', group = 'the group' } = context;
  if (types.has('TOPIC_AUTHORIZATION_FAILED')) {
    return refusal(`the broker does not let this user at topic ${topic}`, 'the topic');
  }
  if (types.has('GROUP_AUTHORIZATION_FAILED')) {
    return refusal(`the broker does not let this user read as group ${group}`, 'READ on the group');
  }
  if (types.has('CLUSTER_AUTHORIZATION_FAILED')) {
    return refusal(
      'the broker does not let this user do that',
      'WRITE on the topic, or administration',
    );
  }
  return undefined;
}

function refusal(message: string, right: string): Explanation {
  const hint = `ask the broker's administrator for ${right}, for example with msg inbox grant`;
  return { code: 'not-authorised', message, hint };
}

const CERTIFICATE_CODE =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE)/;

function certificateRefused(
  { codes }: Failure,
  { brokers }: FailureContext,
): Explanation | undefined {
  const code = [...codes].find((one) => CERTIFICATE_CODE.test(one));
  if (code === undefined) return;
  return {
    code: 'config',
    message: `the certificate of ${brokers.join(', ')} is not trusted (${code})`,
    hint:
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'dial the name that the certificate holds, or set the expected server name'
        : 'name the authority that issued it as the CA file of the profile',
  };
}

function wrongProtocol({ codes }: Failure, { brokers }: FailureContext): Explanation | undefined {
  const code = [...codes].find((one) => /^(ERR_SSL_|EPROTO)/.test(one));
  if (code === undefined) return;
  return {
    code: 'config',
    message: `${brokers.join(', ')} does not speak TLS as expected (${code})`,
    hint: 'a listener without TLS needs kafka://, and one that asks for a client certificate needs it',
  };
}

function connectionClosed({ names }: Failure, context: FailureContext): Explanation | undefined {
  if (!names.has('KafkaJSConnectionClosedError')) return;
  return {
    code: 'broker-unreachable',
    message: `${context.brokers.join(', ')} closed the connection without an answer`,
    hint: closedHint(context),
  };
}

function closedHint({ isTls, hasCredentials }: FailureContext): string {
  if (!isTls) return 'if the listener wants TLS, write kafkas:// instead of kafka://';
  if (!hasCredentials) return 'if the listener wants SASL, set a user and a password';
  return 'the broker may be starting or stopping; try again';
}

function unreachable(
  { names, codes, message }: Failure,
  context: FailureContext,
): Explanation | undefined {
  const detail = [...codes][0] ?? (names.has('KafkaJSRequestTimeoutError') ? 'no answer' : message);
  return {
    code: 'broker-unreachable',
    message: `cannot reach ${context.brokers.join(', ')} (${detail})`,
    hint: 'check the address and the network, and that the broker runs',
  };
}
