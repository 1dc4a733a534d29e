import type { MsgError } from '../../errors.js';
import type { Failure, FailureContext } from './failure.js';
import { CLOSED_BEFORE_LOGIN, TLS_LISTENER } from './sockets.js';

type Explanation = Pick<MsgError, 'code' | 'message'> & { readonly hint: string };
type Rule = (failure: Failure, context: FailureContext) => Explanation | undefined;

/**
 * What failures mean, asked in this order. A code that a retry cannot help with is given only where
 * the cause is beyond doubt: a listener that takes a passing outage for a lasting one ends for good.
 */
export const RULES: readonly Rule[] = [
  topicMissing,
  tooLarge,
  credentialsRefused,
  noAccessRules,
  notAllowed,
  clientCertificateRefused,
  certificateRefused,
  wrongProtocol,
  connectionClosed,
  groupLoading,
  electing,
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
  if (types.has('ILLEGAL_SASL_STATE')) {
    return {
      code: 'config',
      message: 'the listener takes no login with user name and password',
      hint: 'unset transport.sasl, transport.username and transport.password, or dial the port that takes them',
    };
  }
  const isRefused =
    names.has('KafkaJSSASLAuthenticationError') || types.has('SASL_AUTHENTICATION_FAILED');
  const isMechanism =
    types.has('UNSUPPORTED_SASL_MECHANISM') || /not supported by the server/.test(message);
  if (!isRefused && !isMechanism) return;
  return {
    code: 'not-authorised',
    message: isMechanism
      ? 'the broker does not offer this SASL mechanism'
      : 'the broker refused the user name or the password',
    hint: isMechanism
      ? 'set transport.sasl to a mechanism that the broker offers: plain, scram-sha-256 or scram-sha-512'
      : 'check the user and where its password comes from (msg profile show --origin)',
  };
}

function noAccessRules({ types }: Failure): Explanation | undefined {
  if (!types.has('SECURITY_DISABLED')) return;
  return {
    code: 'config',
    message: 'the brokers keep no access rules: everybody who reaches them may read and write',
    hint: 'an administrator of the brokers sets authorizer.class.name; without one there is nothing to grant',
  };
}

function notAllowed({ types }: Failure, context: FailureContext): Explanation | undefined {
  const { topic = 'unnamed', group = 'unnamed', user = 'this user', deed } = context;
  if (types.has('GROUP_AUTHORIZATION_FAILED')) {
    return {
      code: 'not-authorised',
      message: `the broker does not let ${user} read as group ${group}`,
      hint: `only an inbox's owner reads it; an administrator of the brokers grants that: ${grantTo(context)} --owner`,
    };
  }
  if (!types.has('TOPIC_AUTHORIZATION_FAILED') && !types.has('CLUSTER_AUTHORIZATION_FAILED'))
    return;
  const isForAdministrators = deed === 'create' || deed?.endsWith('access rules of') === true;
  return {
    code: 'not-authorised',
    message: `the broker does not let ${user} ${deed ?? 'use'} topic ${topic}`,
    hint: isForAdministrators
      ? 'do it as an administrator of the brokers, for example with --transport-username and --transport-password'
      : `an administrator of the brokers grants that: ${grantTo(context)}`,
  };
}

function grantTo({ user = 'PRINCIPAL' }: FailureContext): string {
  return `msg inbox grant ${/^[\w:.-]+$/.test(user) ? user : `'${user}'`}`;
}

const ALERT = /^ERR_SSL_(?:TLSV1|TLSV13|SSLV3)_ALERT_/;
const ABOUT_CERTIFICATES = /CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED/;

/** The broker has said no in the TLS handshake: what it looks at there is the client's certificate. */
function clientCertificateRefused(
  failure: Failure,
  context: FailureContext,
): Explanation | undefined {
  const { certificateEnds, now } = context;
  const code = [...failure.codes].find((one) => ALERT.test(one) && ABOUT_CERTIFICATES.test(one));
  if (code === undefined) return;
  const at = addressOf(failure, context);
  if (certificateEnds === undefined) {
    return {
      code: 'not-authorised',
      message: `${at} asks for a client certificate`,
      hint: 'set transport.cert and transport.key, or dial the port that takes a user name',
    };
  }
  if (certificateEnds < now) {
    return {
      code: 'not-authorised',
      message: `the client certificate (transport.cert) expired at ${new Date(certificateEnds).toISOString()}`,
      hint: 'have it renewed by the authority that the brokers trust',
    };
  }
  return {
    code: 'not-authorised',
    message: `${at} refused the client certificate (${code.replace('ERR_SSL_', '')})`,
    hint: 'check that transport.cert, with its intermediates, was issued by an authority that the brokers trust',
  };
}

const CERTIFICATE_CODE =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE)/;

function certificateRefused(failure: Failure, context: FailureContext): Explanation | undefined {
  const code = [...failure.codes].find((one) => CERTIFICATE_CODE.test(one));
  if (code === undefined) return;
  const [what, hint] = CERTIFICATE_FAULTS[code] ?? [
    'is not trusted',
    'set transport.ca to the certificate of the authority that issued it (PEM)',
  ];
  const message = `the certificate of ${addressOf(failure, context)} ${what} (${code})`;
  return { code: 'config', message, hint };
}

const CERTIFICATE_FAULTS: Readonly<Record<string, readonly [string, string] | undefined>> = {
  CERT_HAS_EXPIRED: [
    'has expired',
    "have the brokers' operator renew it; if it is said to be good, check this machine's clock",
  ],
  CERT_NOT_YET_VALID: ['is not valid yet', "check this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'is for another name',
    'write the name that the certificate holds into transport, instead of an address or an alias',
  ],
};

function wrongProtocol(failure: Failure, context: FailureContext): Explanation | undefined {
  const { codes } = failure;
  const at = addressOf(failure, context);
  if (codes.has(TLS_LISTENER)) {
    return {
      code: 'config',
      message: `${at} speaks TLS`,
      hint: 'write kafkas:// instead of kafka:// in transport',
    };
  }
  const code = [...codes].find((one) => /^(ERR_SSL_|EPROTO)/.test(one));
  if (code === undefined) return;
  return {
    code: 'config',
    message: `${at} does not speak TLS as expected (${code})`,
    hint: 'a listener without TLS needs kafka:// instead of kafkas:// in transport',
  };
}

function connectionClosed(failure: Failure, context: FailureContext): Explanation | undefined {
  const { names, codes, message } = failure;
  const { isTls, user } = context;
  const at = addressOf(failure, context);
  if (codes.has(CLOSED_BEFORE_LOGIN) && user === undefined) {
    return {
      code: 'not-authorised',
      message: `${at} closed the connection to a client that had not logged in`,
      hint: 'set transport.sasl, transport.username and transport.password',
    };
  }
  if (isTls && codes.has('ECONNRESET') && /before secure TLS/.test(message)) {
    return {
      code: 'broker-unreachable',
      message: `${at} closed the connection in the middle of the TLS handshake`,
      hint: 'if the listener has no TLS, write kafka:// instead of kafkas:// in transport',
    };
  }
  if (!names.has('KafkaJSConnectionClosedError')) return;
  return {
    code: 'broker-unreachable',
    message: `${at} closed the connection without an answer`,
    hint: isTls
      ? 'the broker may be starting or stopping; try again'
      : 'the broker may be starting or stopping; if the listener has TLS, write kafkas:// in transport',
  };
}

/** There is no coordinator for the group yet, another one, or it still reads what it is to know. */
const LOADING = [
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
];

/** A partition has no leader yet, another one, or that one does not know its end yet. */
const ELECTING = [
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
];

/** Whether brokers that start, stop or change places are to be asked again in a moment. */
export function isSettling({ types }: Failure): boolean {
  return [...LOADING, ...ELECTING].some((type) => types.has(type));
}

function electing({ types, message }: Failure, context: FailureContext): Explanation | undefined {
  if (!ELECTING.some((type) => types.has(type))) return;
  return {
    code: 'broker-unreachable',
    message: `the brokers have no leader for ${context.topic ?? 'the topic'} at the moment (${message})`,
    hint: 'they choose one when brokers start or stop: try again; if it stays so, too few of those that keep the topic run',
  };
}

function groupLoading(
  { types, message }: Failure,
  { group, topic }: FailureContext,
): Explanation | undefined {
  if (!LOADING.some((type) => types.has(type))) return;
  if (group === undefined) {
    return {
      code: 'broker-unreachable',
      message: `the brokers are not ready yet to take records for ${topic ?? 'the topic'} (${message})`,
      hint: 'one of them has just begun to lead the others: try again',
    };
  }
  return {
    code: 'broker-unreachable',
    message: `the brokers are not ready yet to say what group ${group} has read (${message})`,
    hint: 'they load it when they start or change places: try again; if it stays so, have their administrator look at the topic __consumer_offsets',
  };
}

function unreachable(failure: Failure, context: FailureContext): Explanation | undefined {
  const { names, codes, message } = failure;
  const detail = [...codes][0] ?? (names.has('KafkaJSRequestTimeoutError') ? 'no answer' : message);
  const isName = codes.has('ENOTFOUND') || codes.has('EAI_AGAIN');
  const hint = isName
    ? 'the host name cannot be resolved: check its spelling in transport, and the name servers'
    : 'check the address and the network, and that the broker runs';
  return {
    code: 'broker-unreachable',
    message: `cannot reach ${addressOf(failure, context)} (${detail})`,
    hint: advertisedHint(failure, context) ?? hint,
  };
}

/** Which broker it is about; all that were given, where nobody knows. */
function addressOf({ broker }: Failure, { brokers }: FailureContext): string {
  if (broker === undefined) return brokers.join(', ');
  const isOneOfThem = brokers.length > 1 && isGiven(broker, brokers);
  return isOneOfThem ? `${broker}, one of ${brokers.length} brokers` : broker;
}

/** The brokers that were given answer, and send their clients on to an address that does not. */
function advertisedHint({ broker }: Failure, { brokers }: FailureContext): string | undefined {
  if (broker === undefined || isGiven(broker, brokers)) return undefined;
  const they = brokers.length > 1 ? `one of ${brokers.join(', ')}` : brokers.join('');
  return `${they} says that a broker is to be reached there (advertised.listeners): open the way from here, or have their administrator correct it`;
}

function isGiven(broker: string, brokers: readonly string[]): boolean {
  const plain = (address: string): string => address.replaceAll(/[[\]]/g, '').toLowerCase();
  return brokers.some((one) => plain(one) === plain(broker));
}
