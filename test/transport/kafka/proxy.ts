import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const PRODUCE = 0;
/** Where a request says what it is for, behind its length. */
const API_KEY = 4;

/** Stands between clients and a broker, so that a test can cut the wire where it hurts. */
export class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many answers to Produce requests are still to be lost, connection and all. */
  answersToLose = 0;
  /** Changes an answer on its way, given the key of the request that it is for; its length stays. */
  tamper: (apiKey: number, answer: Buffer) => void = () => undefined;
  /** Refuses everybody while set. */
  isDown = false;
  /** The key of requests that do not reach the broker. */
  swallowing: number | undefined;
  /** How many did not. */
  swallowed = 0;
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

  /** Lets everything through again, as it is. */
  reset(): void {
    this.answersToLose = 0;
    this.tamper = () => undefined;
    this.isDown = false;
    this.swallowing = undefined;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Lets nothing more through on the connections that there are. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause();
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
    let key: number | undefined;
    this.#join(client, broker);
    client.on('data', (data) => {
      key = data.length > 6 ? data.readInt16BE(API_KEY) : undefined;
      if (key === PRODUCE) {
        this.produceRequests += 1;
        losesNext = this.answersToLose > 0;
      }
      if (key !== undefined && key === this.swallowing) this.swallowed += 1;
      else broker.write(data);
    });
    broker.on('data', (data) => {
      if (key !== undefined) this.tamper(key, data);
      key = undefined;
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
