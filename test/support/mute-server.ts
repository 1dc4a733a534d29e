import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Something that takes connections and answers nothing. */
export interface MuteServer {
  readonly port: number;
  /** The first connection. */
  readonly came: Promise<Socket>;
}

/** Listens on the loopback until the test is over. */
export async function listenMutely(): Promise<MuteServer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const came = once(server, 'connection').then(([socket]) => socket as Socket);
  return { port: (server.address() as AddressInfo).port, came };
}
