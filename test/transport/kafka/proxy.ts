import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
/** OffsetCommit and OffsetFetch: answers that end with an error code, if they are about one partition. */
const ABOUT_GROUPS = [8, 9];
/** Where a request says what it is for, behind its length. */
const API_KEY = 4;

/** Stands between clients and a broker, so that a test can cut the wire where it hurts. */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many answers to Produce requests are still to be lost, connection and all. */
  answersToLose = 0;
  /** How many answers about a group's positions are still to say `groupError` instead. */
  groupAnswersToRefuse = 0;
  /** Kafka's number of that error. */
  groupError = 0;
  /** Refuses everybody while set. */
  isDown = false;
  /** How many Produce requests went through. */
  produceRequests = 0;
  target = 0;

  private constructor() {
    this.#server = createServer((client) => {
      this.#serve(client);
    });
  }

  /** A proxy on a free port of 127.0.0.1; its `target` port has to be set. */
  static async open(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    if (this.isDown) {
      client.destroy();
      return;
    }
    const broker = connect(this.target, '127.0.0.1');
    let losesNext = false;
    let refusesNext = false;
    this.#join(client, broker);
    client.on('data', (data) => {
      const key = data.length > 6 ? data.readInt16BE(API_KEY) : undefined;
      if (key === PRODUCE) {
        this.produceRequests += 1;
        losesNext = this.answersToLose > 0;
      }
      refusesNext =
        key !== undefined && ABOUT_GROUPS.includes(key) && this.groupAnswersToRefuse > 0;
      broker.write(data);
    });
    broker.on('data', (data) => {
      if (refusesNext) {
        data.writeInt16BE(this.groupError, data.length - 2);
        this.groupAnswersToRefuse -= 1;
        refusesNext = false;
      }
      if (!losesNext) {
        client.write(data);
        return;
      }
      this.answersToLose -= 1;
      client.destroy();
    });
  }

  #join(client: Socket, broker: Socket): void {
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
