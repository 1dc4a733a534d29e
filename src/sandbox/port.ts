import { createServer } from 'node:net';
import { MsgError } from '../errors.js';

/**
 * Finds a TCP port on 127.0.0.1 to listen on: the wanted one, or any free one for 0.
 *
 * @throws MsgError `config` when the wanted port is taken.
 */
export async function claimPort(wanted: number): Promise<number> {
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
