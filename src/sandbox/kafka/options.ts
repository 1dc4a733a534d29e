import type { Credentials } from './scram.js';

/** A way in besides the clients' usual one, on 127.0.0.1. */
export interface ExtraListener {
  /** As Kafka names it, in capitals. */
  readonly name: string;
  readonly port: number;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Broker settings for this listener alone, without the prefix `listener.name.NAME.`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How to run a broker. */
export interface BrokerOptions {
  /** Holds data, configuration, certificates and logs; a broker started there again goes on. */
  readonly directory: string;
  /** Where the jars are kept; see `defaultCacheDirectory`. */
  readonly cacheDirectory: string;
  /** The clients' port on 127.0.0.1; by default a free one, or the one used before. */
  readonly port?: number;
  /** Makes clients use TLS and SCRAM and obey ACLs; decided at the first start. */
  readonly secure?: {
    /** May do everything; grants rights to the others. */
    readonly admin: Credentials;
    readonly users: readonly Credentials[];
  };
  /** The id of the cluster that it is a part of, decided at the first start; a cluster of its own where absent. */
  readonly clusterId?: string;
  /** Has to be given at every start. */
  readonly extraListeners?: readonly ExtraListener[];
  /** Broker settings that replace this module's own, as in `server.properties`. */
  readonly settings?: Readonly<Record<string, string>>;
}
