import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startBroker, type Broker } from '../../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../../src/sandbox/kafka/distribution.js';
import type { KafkaConfig } from '../../../src/transport/kafka/config.js';
import type { Transport } from '../../../src/transport/port.js';
import type { ContractBench } from '../contract/bench.js';
import { open } from './bench.js';
import { Proxy } from './proxy.js';

/** A broker of its own that clients reach through a proxy alone. */
export class ProxiedBroker {
  readonly proxy: Proxy;
  readonly #directory: string;
  #broker: Broker | undefined;

  private constructor(proxy: Proxy, directory: string) {
    this.proxy = proxy;
    this.#directory = directory;
  }

  static async raise(): Promise<ProxiedBroker> {
    const directory = await mkdtemp(join(tmpdir(), 'msg-outage-'));
    const proxied = new ProxiedBroker(await Proxy.open(), directory);
    const broker = await proxied.start();
    proxied.proxy.target = Number(broker.bootstrap.split(':')[1]);
    return proxied;
  }

  /** Starts it, or starts it again where it was. */
  async start(): Promise<Broker> {
    this.#broker = await startBroker({
      directory: this.#directory,
      cacheDirectory: defaultCacheDirectory(),
      settings: { 'advertised.listeners': `CLIENT://${this.address}` },
    });
    return this.#broker;
  }

  get pid(): number {
    if (this.#broker === undefined) throw new Error('the broker was never started');
    return this.#broker.pid;
  }

  /** Where the proxy is. */
  get address(): string {
    return `127.0.0.1:${this.proxy.port}`;
  }

  open(options: Partial<KafkaConfig> = {}): Transport {
    return open(this.address, options);
  }

  async remove(): Promise<void> {
    await this.proxy.close();
    await this.#broker?.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Raises one for a suite whose bench reaches it; after each test everything gets through again. */
export function suiteBroker(bench: ContractBench): {
  readonly broker: ProxiedBroker;
  readonly proxy: Proxy;
} {
  let broker: ProxiedBroker | undefined;
  const raised = (): ProxiedBroker => {
    if (broker === undefined) throw new Error('the broker was never raised');
    return broker;
  };
  beforeAll(async () => {
    broker = await ProxiedBroker.raise();
    bench.begin({ open: () => Promise.resolve(raised().open()), close: () => Promise.resolve() });
  });
  afterEach(async () => {
    raised().proxy.reset();
    await bench.tidy();
  });
  afterAll(() => broker?.remove());
  return {
    get broker() {
      return raised();
    },
    get proxy() {
      return raised().proxy;
    },
  };
}
