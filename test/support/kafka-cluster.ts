import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type Broker } from '../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../src/sandbox/kafka/distribution.js';
import { newClusterId } from '../../src/sandbox/kafka/node-files.js';
import { claimPort } from '../../src/sandbox/port.js';
import { isRunning } from '../../src/sandbox/process.js';
import { until } from './until.js';

/** How many brokers a cluster has: with one of them away, a majority is left. */
const SIZE = 3;

/** How long a broker may take to end in order, in milliseconds. */
const PATIENCE = 60_000;

/** Every record lies on all brokers, and on two of them before it is acknowledged. */
const REPLICATION = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.num.partitions': '5',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  // A broker that is gone without a word is missed after so many milliseconds.
  'broker.session.timeout.ms': '6000',
};

interface Node {
  readonly id: number;
  readonly directory: string;
  readonly client: number;
  readonly controller: number;
}

/** Three brokers of Apache Kafka that are their own controllers, as one cluster. */
export class KafkaCluster {
  readonly #home: string;
  readonly #clusterId = newClusterId();
  readonly #nodes: readonly Node[];
  readonly #brokers = new Map<number, Broker>();

  private constructor(home: string, nodes: readonly Node[]) {
    this.#home = home;
    this.#nodes = nodes;
    // One that stands still would wait with its own end until it is told to go on.
    process.on('exit', () => {
      this.#kill();
    });
  }

  /** Starts all of them. */
  static async raise(): Promise<KafkaCluster> {
    const home = mkdtempSync(join(tmpdir(), 'msg-cluster-'));
    const nodes: Node[] = [];
    for (let id = 1; id <= SIZE; id++) {
      const ports = { client: await claimPort(0), controller: await claimPort(0) };
      nodes.push({ id, directory: join(home, String(id)), ...ports });
    }
    const cluster = new KafkaCluster(home, nodes);
    try {
      await Promise.all(cluster.ids.map((id) => cluster.start(id)));
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  get ids(): readonly number[] {
    return this.#nodes.map(({ id }) => id);
  }

  /** All brokers, as the setting `transport` takes them. */
  get url(): string {
    return `kafka://${this.addresses.join(',')}`;
  }

  /** Where the brokers are reached, in the order of their ids. */
  get addresses(): readonly string[] {
    return this.#nodes.map(({ client }) => `127.0.0.1:${client}`);
  }

  /** Starts a broker, or starts it again, and waits until it serves. */
  async start(id: number): Promise<void> {
    const node = this.#node(id);
    const listeners = `CLIENT://127.0.0.1:${node.client}`;
    const broker = await startBroker({
      ...{ directory: node.directory, cacheDirectory: defaultCacheDirectory() },
      ...{ port: node.client, clusterId: this.#clusterId },
      settings: {
        ...REPLICATION,
        'node.id': String(id),
        'controller.quorum.voters': this.#nodes
          .map((one) => `${one.id}@127.0.0.1:${one.controller}`)
          .join(','),
        listeners: `${listeners},CONTROLLER://127.0.0.1:${node.controller}`,
        'advertised.listeners': listeners,
      },
    });
    this.#brokers.set(id, broker);
  }

  /** Ends a broker with a signal: SIGTERM has it hand over what it leads. */
  async end(id: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { pid } = this.#broker(id);
    process.kill(pid, signal);
    await until(`broker ${id} is gone`, () => !isRunning(pid), PATIENCE);
  }

  /** Lets a broker stand still, so that its connections stay open, or go on. */
  freeze(id: number, isFrozen: boolean): void {
    process.kill(this.#broker(id).pid, isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends and removes everything. */
  async remove(): Promise<void> {
    this.#kill();
    for (const broker of this.#brokers.values()) await broker.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }

  #kill(): void {
    for (const { pid } of this.#brokers.values()) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  }

  #node(id: number): Node {
    const node = this.#nodes.find((one) => one.id === id);
    if (node === undefined) throw new Error(`there is no broker ${id}`);
    return node;
  }

  #broker(id: number): Broker {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`broker ${id} was never started`);
    return broker;
  }
}
