import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory, ISocketFactoryArgs } from 'kafkajs';

const KEEP_ALIVE_DELAY = 60_000;
const PRODUCE = 0;
const API_KEY_OFFSET = 4;

/**
 * The sockets of one Kafka client. kafkajs has no way to tell whether a failed send ever left this
 * process, nor to hang up at once; whoever makes its sockets knows the one and can do the other.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  #produceRequests = 0;
  #isDestroyed = false;

  /** How many Produce requests were handed to a socket so far. */
  get produceRequests(): number {
    return this.#produceRequests;
  }

  /** What kafkajs calls to reach a broker. */
  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#isDestroyed) throw new Error('hung up');
    const socket = open({ host, port, ssl, onConnect });
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    this.#watchWrites(socket);
    return socket;
  };

  /** Hangs up for good: requests in flight fail, and nothing more is sent. */
  destroy(): void {
    this.#isDestroyed = true;
    for (const socket of this.#open) socket.destroy(new Error('hung up'));
  }

  /** A request begins with its size (int32) and its API key (int16); kafkajs writes it in one piece. */
  #watchWrites(socket: Socket): void {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      if (isProduceRequest(args[0])) this.#produceRequests += 1;
      return write(...args);
    };
  }
}

/** kafkajs types `ssl` as always there; for a connection without TLS it passes null. */
type SocketOptions = Omit<ISocketFactoryArgs, 'ssl'> & { readonly ssl: ConnectionOptions | null };

function open({ host, port, ssl, onConnect }: SocketOptions): Socket {
  if (ssl === null) return connectTcp({ host, port }, onConnect);
  const name = isIP(host) === 0 ? { servername: host } : {};
  // Loaded here, since it takes longer than a whole send without TLS does.
  return process.getBuiltinModule('node:tls').connect({ host, port, ...name, ...ssl }, onConnect);
}

function isProduceRequest(data: unknown): boolean {
  if (!Buffer.isBuffer(data) || data.length < API_KEY_OFFSET + 2) return false;
  return data.readInt16BE(API_KEY_OFFSET) === PRODUCE;
}
