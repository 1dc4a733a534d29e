import type { Admin } from 'kafkajs';
import {
  contextOf,
  createClient,
  unmaskCoordinator,
  unmaskLogin,
  type KafkaClient,
} from './client.js';
import type { KafkaConfig } from './config.js';
import { explain, readFailure, type Deed } from './failure.js';

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
  #connection: Promise<Connection> | undefined;

  constructor(config: KafkaConfig) {
    this.#config = config;
  }

  /**
   * Runs requests.
   *
   * @throws MsgError for every failure, with what the operator can do about it.
   */
  async ask<T>(subject: Subject, requests: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.#twice(requests);
    } catch (error) {
      throw explain(error, { ...contextOf(this.#config), ...subject });
    }
  }

  /** Leaves the broker. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    if (connection === undefined) return;
    const timer = setTimeout(() => {
      connection.client.sockets.destroy();
    }, HANG_UP_AFTER);
    await connection.admin.disconnect().catch(() => undefined);
    clearTimeout(timer);
  }

  /** Once more on a new connection where the first one was broken. */
  async #twice<T>(requests: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(requests);
    } catch (error) {
      if (!isBroken(error)) throw error;
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
    this.#connection ??= connect(this.#config).catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  #hangUp({ client, admin }: Connection): void {
    this.#connection = undefined;
    client.sockets.destroy();
    void admin.disconnect().catch(() => undefined);
  }
}

async function connect(config: KafkaConfig): Promise<Connection> {
  const client = createClient(config);
  const admin = client.kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    client.sockets.destroy();
    throw unmaskLogin(error, client);
  }
  return { client, admin };
}

const BROKEN = [
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
];

function isBroken(error: unknown): boolean {
  const { names } = readFailure(error);
  return BROKEN.some((name) => names.has(name));
}
