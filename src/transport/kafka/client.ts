import { X509Certificate } from 'node:crypto';
import type { LogEntry, RetryOptions } from 'kafkajs';
import type { KafkaConfig, LogLevel } from './config.js';
import { readFailure, type FailureContext } from './failure.js';
import { Kafka, logLevel } from './kafkajs.js';
import { askForTopicIds } from './metadata-request.js';
import { writeRecordSetsFast } from './record-batch.js';
import { quietIdleConnections } from './request-queue.js';
import { keepLargePieces } from './rope.js';
import { CLOSED_BEFORE_LOGIN, Sockets } from './sockets.js';
import { takeWholeAnswers } from './whole-answers.js';

const CONNECTION_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 20_000;

/** kafkajs' retries, spelled out in full because its defaults change with `NODE_ENV`. */
export const BRIEF_RETRIES = {
  initialRetryTime: 100,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 1_000,
  retries: 2,
} as const satisfies RetryOptions;

/** A kafkajs client, its sockets, and what it was refused on the way. */
export interface KafkaClient {
  readonly kafka: Kafka;
  readonly sockets: Sockets;
  /** The last error type on the search for a group's coordinator, which kafkajs keeps to itself. */
  coordinatorRefusal(): string | undefined;
  /** Keeps what kafkajs says of our own doing out of the log, or ends that: it tells nobody anything. */
  hush(isHushed: boolean): void;
}

/**
 * Makes a client; nothing is connected yet.
 *
 * @param use a producer has no group, and can do without a line of kafkajs' log for every request.
 */
export function createClient(config: KafkaConfig, use: 'any' | 'produce' = 'any'): KafkaClient {
  quietIdleConnections();
  askForTopicIds();
  writeRecordSetsFast();
  keepLargePieces();
  takeWholeAnswers();
  const sockets = new Sockets();
  let refusal: string | undefined;
  const level = use === 'produce' ? logLevel.INFO : logLevel.DEBUG;
  const kafka = new Kafka({
    brokers: [...config.brokers],
    clientId: config.clientId,
    ...(config.tls === undefined ? {} : { ssl: tlsOptions(config.tls) }),
    ...(config.sasl === undefined ? {} : { sasl: saslOptions(config.sasl) }),
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: config.requestTimeout ?? REQUEST_TIMEOUT,
    enforceRequestTimeout: true,
    retry: { ...BRIEF_RETRIES, retries: Math.max(BRIEF_RETRIES.retries, config.brokers.length) },
    socketFactory: sockets.factory,
    logLevel: level,
    logCreator: () => (entry) => {
      refusal = refusalIn(entry) ?? refusal;
      forward(entry, config);
    },
  });
  return {
    ...{ kafka, sockets, coordinatorRefusal: () => refusal },
    hush: (isHushed) => {
      kafka.logger().setLogLevel(isHushed ? logLevel.NOTHING : level);
    },
  };
}

/**
 * Tells a connection that was closed because nobody had logged in from one that broke. A broker that
 * stops at that very moment looks the same, so that only a second one in a row is beyond doubt.
 */
export function unmaskLogin(error: unknown, { sockets }: KafkaClient): unknown {
  const isClosed = readFailure(error).names.has('KafkaJSConnectionClosedError');
  if (!isClosed || !sockets.wasClosedBeforeLogin) return error;
  const refusal = new Error('closed before a login', { cause: error });
  return Object.assign(refusal, { code: CLOSED_BEFORE_LOGIN });
}

/**
 * Puts the reason back into "group coordinator not found": either one may not use the group, which
 * lasts, or the coordinator is still loading, which passes.
 */
export function unmaskCoordinator(error: unknown, client: KafkaClient): unknown {
  if (!readFailure(error).names.has('KafkaJSGroupCoordinatorNotFound')) return error;
  const type = client.coordinatorRefusal() ?? 'GROUP_COORDINATOR_NOT_AVAILABLE';
  return Object.assign(new Error(`no coordinator for the group (${type})`), { type });
}

/** What a failure's explanation needs to know of the configuration. */
export function contextOf({ brokers, tls, sasl, clock }: KafkaConfig): FailureContext {
  const certificate = tls?.cert === undefined ? undefined : new X509Certificate(tls.cert);
  return {
    brokers,
    isTls: tls !== undefined,
    user: sasl === undefined ? certificate && principalOf(certificate) : `User:${sasl.username}`,
    certificateEnds: certificate && Date.parse(certificate.validTo),
    now: clock(),
  };
}

/** Kafka's principal of a client certificate, unless its `ssl.principal.mapping.rules` differ. */
function principalOf({ subject }: X509Certificate): string {
  return `User:${subject.split('\n').reverse().join(',')}`;
}

function tlsOptions({ ca, cert, key, passphrase }: NonNullable<KafkaConfig['tls']>) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function saslOptions({ mechanism, username, password }: NonNullable<KafkaConfig['sasl']>) {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

const LEVELS: Readonly<Partial<Record<logLevel, LogLevel>>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
};

function forward({ namespace, level, log }: LogEntry, config: KafkaConfig): void {
  const named = LEVELS[level];
  if (named !== undefined) config.log(named, `kafka ${namespace}: ${log.message}`);
}

/** kafkajs swallows the reason why a coordinator was not found; only its debug log has it. */
function refusalIn({ log }: LogEntry): string | undefined {
  if (log.message !== 'Tried to find group coordinator') return undefined;
  const error: unknown = log['error'];
  if (typeof error !== 'object' || error === null || !('type' in error)) return undefined;
  return typeof error.type === 'string' ? error.type : undefined;
}
