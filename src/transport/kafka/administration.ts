import type { Admin, Cluster } from 'kafkajs';
import { isBroken, oneAway } from './away.js';
import {
  contextOf,
  createClient,
  unmaskCoordinator,
  unmaskLogin,
  type KafkaClient,
} from './client.js';
import { withCluster } from './cluster.js';
import type { KafkaConfig } from './config.js';
import { explain, type Deed } from './failure.js';
import { onceSettled, type SettlingOptions } from './settling.js';

/** What a request is about; it goes into the explanation of a failure. */
export interface Subject {
  readonly topic?: string;
  readonly group?: string;
  /** Where it is more than a question. */
  readonly deed?: Deed;
}

interface Connection {
  readonly client: KafkaClient;
  readonly admin: Admin;
}

const HANG_UP_AFTER = 2_000;

/** A connection for questions and administration, made when first needed and again when it broke. */
export class Administration {
  readonly #config: KafkaConfig;
  readonly #closing = new AbortController();
  #connection: Promise<Connection> | undefined;
  /** Whether the last connection came about: kafkajs has tried all addresses where it did not. */
  #isReached = false;

  constructor(config: KafkaConfig) {
    this.#config = config;
  }

  /**
   * Runs requests, and again while the brokers are settling who answers.
   *
   * @throws MsgError for every failure, with what the operator can do about it.
   */
  ask<T>(
    subject: Subject,
    requests: (admin: Admin) => Promise<T>,
    settling?: SettlingOptions,
  ): Promise<T> {
    const marked = async (): Promise<T> => {
      try {
        return await this.#twice(requests);
      } catch (error) {
        throw this.#isReached ? await this.#oneAway(error) : error;
      }
    };
    return this.#untilSettled(subject, marked, settling);
  }

  /**
   * Makes requests that kafkajs' administrator has no method for, over connections of their own, and
   * again while the brokers are settling who answers: they have to be such as may be repeated.
   *
   * @throws MsgError for every failure, with what the operator can do about it.
   */
  askCluster<T>(subject: Subject, requests: (cluster: Cluster) => Promise<T>): Promise<T> {
    let isReached = false;
    const reached = (cluster: Cluster): Promise<T> => {
      isReached = true;
      return requests(cluster);
    };
    return this.#untilSettled(subject, async () => {
      try {
        return await withCluster(this.#config, this.#closing.signal, reached);
      } catch (error) {
        throw isReached ? await this.#oneAway(error) : error;
      }
    });
  }

  /** Leaves the brokers; what is still asked fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    const connection = await this.#connection?.catch(() => undefined);
    if (connection === undefined) return;
    const timer = setTimeout(() => {
      connection.client.sockets.destroy();
    }, HANG_UP_AFTER);
    await connection.admin.disconnect().catch(() => undefined);
    clearTimeout(timer);
  }

  async #untilSettled<T>(
    subject: Subject,
    requests: () => Promise<T>,
    settling: SettlingOptions = {},
  ): Promise<T> {
    try {
      return await onceSettled(requests, { signal: this.#closing.signal, ...settling });
    } catch (error) {
      throw explain(error, { ...contextOf(this.#config), ...subject });
    }
  }

  #oneAway(error: unknown): Promise<unknown> {
    return oneAway(error, this.#config, this.#closing.signal);
  }

  /** Once more on a new connection where the first one was broken. */
  async #twice<T>(requests: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(requests);
    } catch (error) {
      if (!isBroken(error) || this.#closing.signal.aborted) throw error;
    }
    return this.#attempt(requests);
  }

  async #attempt<T>(requests: (admin: Admin) => Promise<T>): Promise<T> {
    const connection = await this.#connect();
    try {
      return await requests(connection.admin);
    } catch (error) {
      if (isBroken(error)) this.#hangUp(connection);
      throw unmaskCoordinator(unmaskLogin(error, connection.client), connection.client);
    }
  }

  #connect(): Promise<Connection> {
    this.#connection ??= this.#newConnection().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #newConnection(): Promise<Connection> {
    this.#isReached = false;
    const connection = await connect(this.#config, this.#closing.signal);
    this.#isReached = true;
    return connection;
  }

  #hangUp({ client, admin }: Connection): void {
    this.#connection = undefined;
    client.sockets.destroy();
    void admin.disconnect().catch(() => undefined);
  }
}

async function connect(config: KafkaConfig, closing: AbortSignal): Promise<Connection> {
  const client = createClient(config);
  const admin = client.kafka.admin();
  const hangUp = (): void => {
    client.sockets.destroy();
  };
  closing.addEventListener('abort', hangUp);
  try {
    await admin.connect();
  } catch (error) {
    hangUp();
    throw unmaskLogin(error, client);
  } finally {
    closing.removeEventListener('abort', hangUp);
  }
  return { client, admin };
}
