import { createServer } from 'node:net';
import { MsgError } from '../errors.js';

/** What this process was given: the system knows nothing of it until somebody listens there. */
const given = new Set<number>();

/**
 * Finds a TCP port on 127.0.0.1 to listen on: the wanted one, or for 0 any free one that this process
 * was not given before, since a broker with two listeners on one port does not start.
 *
 * @throws MsgError `config` when the wanted port is taken.
 */
export async function claimPort(wanted: number): Promise<number> {
  for (;;) {
    const port = await freePort(wanted);
    const isAgain = wanted === 0 && given.has(port);
    given.add(port);
    if (!isAgain) return port;
  }
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new MsgError('config', `cannot listen on 127.0.0.1:${wanted} (${cause.code ?? 'error'})`, {
          hint: 'stop the program that uses the port, or choose another port',
          cause,
        }),
      );
    });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
