import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ISocketFactory, ISocketFactoryArgs } from 'kafkajs';
import { AnswerReader } from './answer-reader.js';
import { apiKeyOf, LongPoll } from './long-poll.js';

const KEEP_ALIVE_DELAY = 60_000;

/** A broker answers a greeting at once; one that stands still takes connections, too, and says nothing. */
const GREETING_PATIENCE = 6_000;

const PRODUCE = 0;

/** The error code of a connection without TLS that was answered by a TLS alert. */
export const TLS_LISTENER = 'TLS_LISTENER';

/** The error code of a connection that was closed right after the greeting, as SASL listeners do. */
export const CLOSED_BEFORE_LOGIN = 'CLOSED_BEFORE_LOGIN';

/** ApiVersions, which anybody may ask, and the first request that needs a login. */
const GREETING_AND_ONE = 2;

/** A TLS record of type alert (RFC 8446, section 5.1). */
const ALERT = 0x15;
const TLS_MAJOR = 3;

/**
 * The sockets of one Kafka client. kafkajs has no way to tell whether a failed send ever left this
 * process, nor to hang up at once; whoever makes its sockets knows the one and can do the other.
 */
export class Sockets {
  readonly #open = new Map<Socket, { readonly poll: LongPoll; readonly broker: string }>();
  #produceRequests = 0;
  #isDestroyed = false;
  #wasAnswered = false;
  #wasClosedBeforeLogin = false;

  /** Whether a broker answered the greeting and closed the connection on the request after it. */
  get wasClosedBeforeLogin(): boolean {
    return this.#wasClosedBeforeLogin;
  }

  /** Whether a broker, any of them, has answered anything. */
  get wasAnswered(): boolean {
    return this.#wasAnswered;
  }

  /** How many Produce requests were handed to a socket so far. */
  get produceRequests(): number {
    return this.#produceRequests;
  }

  /** What kafkajs calls to reach a broker. */
  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#isDestroyed) throw new Error('hung up');
    const poll = new LongPoll();
    const { onread } = new AnswerReader((bytes) => {
      this.#wasAnswered = true;
      if (poll.isOver) return;
      poll.noteAnswers(bytes);
      socket.emit('data', bytes);
    });
    const socket = connect({ host, port, ssl, onConnect }, onread);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY);
    this.#open.set(socket, { poll, broker: `${host}:${port}` });
    socket.once('close', () => this.#open.delete(socket));
    this.#watchRequests(socket, poll);
    // Typed as always there; null for a connection without TLS.
    if ((ssl as ConnectionOptions | null) === null) refuseTlsAlert(socket);
    return socket;
  };

  /**
   * Lets whoever waits for records go at once: the broker has none yet, and is not listened to any more.
   * For a consumer that leaves, and would wait first until the broker says so itself.
   */
  endLongPolls(): void {
    for (const [socket, { poll }] of this.#open) {
      const nothing = poll.end();
      if (nothing !== undefined) socket.emit('data', nothing);
    }
  }

  /** Hangs up on one broker, as `host:port`: who wants something of it connects anew. */
  hangUpOn(broker: string): void {
    for (const [socket, one] of this.#open)
      if (one.broker === broker) socket.destroy(new Error('hung up'));
  }

  /** Hangs up for good: requests in flight fail, and nothing more is sent. */
  destroy(): void {
    this.#isDestroyed = true;
    for (const socket of this.#open.keys()) socket.destroy(new Error('hung up'));
  }

  /** kafkajs writes a request in one piece. */
  #watchRequests(socket: Socket, poll: LongPoll): void {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    let requests = 0;
    let readBefore = 0;
    socket.write = (...args: unknown[]): boolean => {
      if (requests === 0) awaitGreeting(socket);
      requests += 1;
      readBefore = socket.bytesRead;
      poll.noteRequest(args[0]);
      if (apiKeyOf(args[0]) === PRODUCE) this.#produceRequests += 1;
      return write(...args);
    };
    socket.once('end', () => {
      const isUnanswered = readBefore > 0 && socket.bytesRead === readBefore;
      if (requests === GREETING_AND_ONE && isUnanswered) this.#wasClosedBeforeLogin = true;
    });
  }
}

/**
 * Hangs up on a broker that does not answer the first request. kafkajs would ask the very same one again
 * and again, and goes on to the next one only where a connection broke.
 */
function awaitGreeting(socket: Socket): void {
  const timer = setTimeout(() => {
    const silence = new Error('no answer to the first request');
    socket.destroy(Object.assign(silence, { code: 'ETIMEDOUT' }));
  }, GREETING_PATIENCE);
  const end = (): void => {
    clearTimeout(timer);
  };
  socket.once('data', end).once('close', end);
}

/** Kafka cannot begin so: it would be the size of an answer of 352 MB. */
function refuseTlsAlert(socket: Socket): void {
  socket.once('data', (data: Buffer) => {
    if (data[0] !== ALERT || data[1] !== TLS_MAJOR) return;
    socket.destroy(Object.assign(new Error('a TLS alert'), { code: TLS_LISTENER }));
  });
}

/** kafkajs types `ssl` as always there; for a connection without TLS it passes null. */
type SocketOptions = Omit<ISocketFactoryArgs, 'ssl'> & { readonly ssl: ConnectionOptions | null };

function connect({ host, port, ssl, onConnect }: SocketOptions, onread: OnReadOpts): Socket {
  if (ssl === null) return connectTcp({ host, port, onread }, onConnect);
  const name = isIP(host) === 0 ? { servername: host } : {};
  // Loaded here, since it takes longer than a whole send without TLS does.
  const options = { host, port, ...name, ...ssl, onread };
  return process.getBuiltinModule('node:tls').connect(options, onConnect);
}
