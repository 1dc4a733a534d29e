import type { Credentials } from './scram.js';

/** How to run a broker. */
export interface BrokerOptions {
  /** Holds data, configuration, certificates and logs; a broker started there again goes on. */
  readonly directory: string;
  /** Where the jars are kept; see `defaultCacheDirectory`. */
  readonly cacheDirectory: string;
  /** The clients' port on 127.0.0.1; by default a free one, or the one used before. */
  readonly port?: number;
  /** Makes clients use TLS and SCRAM-SHA-512 and obey ACLs; decided at the first start. */
  readonly secure?: {
    /** May do everything; grants rights to the others. */
    readonly admin: Credentials;
    readonly users: readonly Credentials[];
  };
  /** Whether the broker outlives this process. */
  readonly detached?: boolean;
  /** Broker settings that replace this module's own, as in `server.properties`. */
  readonly settings?: Readonly<Record<string, string>>;
}
