import { Kafka, logLevel, type LogEntry, type RetryOptions } from 'kafkajs';
import type { KafkaConfig, LogLevel } from './config.js';
import type { FailureContext } from './failure.js';
import { askForTopicIds } from './metadata-request.js';
import { quietIdleConnections } from './request-queue.js';
import { Sockets } from './sockets.js';

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
}

/** Makes a client; nothing is connected yet. */
export function createClient(config: KafkaConfig): KafkaClient {
  quietIdleConnections();
  askForTopicIds();
  const sockets = new Sockets();
  let refusal: string | undefined;
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
    logLevel: logLevel.DEBUG,
    logCreator: () => (entry) => {
      refusal = refusalIn(entry) ?? refusal;
      forward(entry, config);
    },
  });
  return { kafka, sockets, coordinatorRefusal: () => refusal };
}

/** What a failure's explanation needs to know of the configuration. */
export function contextOf(config: KafkaConfig): FailureContext {
  return {
    brokers: config.brokers,
    isTls: config.tls !== undefined,
    hasCredentials: config.sasl !== undefined || config.tls?.cert !== undefined,
  };
}

function tlsOptions(tls: NonNullable<KafkaConfig['tls']>) {
  const { ca, cert, key, serverName } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
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
