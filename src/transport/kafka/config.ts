import type { Clock } from '../../domain/environment.js';

/** How bad a line of the Kafka client's log is. */
export type LogLevel = 'error' | 'warn' | 'info';

/** Takes the Kafka client's log lines; a program shows them on stderr, if at all. */
export type LogSink = (level: LogLevel, line: string) => void;

/** TLS towards the brokers; an empty object trusts what the system trusts. */
export interface KafkaTls {
  /** Trust anchors, PEM; replaces the system's. */
  readonly ca?: string;
  /** Client certificate and chain, PEM. */
  readonly cert?: string;
  /** The client certificate's key, PEM. */
  readonly key?: string;
  /** What the key is encrypted under. */
  readonly passphrase?: string;
}

/** SASL credentials (RFC 4616, RFC 5802). */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** How to reach a Kafka cluster. */
export interface KafkaConfig {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  readonly log: LogSink;
  readonly clock: Clock;
  /** For how long one publish may be tried, in milliseconds; by default 30 s. */
  readonly publishDeadline?: number;
  /** For how long one request may go unanswered, in milliseconds; by default 20 s. */
  readonly requestTimeout?: number;
}
