import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished, expect, it } from 'vitest';
import { connectKafka } from '../../../src/transport/kafka/connect.js';

/** Something that takes connections and answers nothing. */
async function listenMutely(): Promise<{ readonly port: number; readonly came: Promise<Socket> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const came = once(server, 'connection').then(([socket]) => socket as Socket);
  return { port: (server.address() as AddressInfo).port, came };
}

// kafkajs itself gives up on such a broker after 20 seconds.
const TOO_LONG = 15_000;

it(
  'hangs up also on a broker that it is still asking, so that the process can end',
  async () => {
    const { port, came } = await listenMutely();
    const transport = connectKafka({
      brokers: [`127.0.0.1:${port}`],
      ...{ clientId: 'msg', log: () => undefined, clock: Date.now },
    });
    const asked = transport.partitionFor('msg.in.bob', 'alice').catch((error: unknown) => error);
    const socket = await came;
    const closed = once(socket.resume(), 'close');
    await transport.close();
    await closed;
    expect(await asked).toMatchObject({ code: 'broker-unreachable' });
  },
  TOO_LONG,
);

it('hangs up on a broker that it reached for nothing', async () => {
  const { port, came } = await listenMutely();
  const transport = connectKafka({
    brokers: [`127.0.0.1:${port}`],
    ...{ clientId: 'msg', log: () => undefined, clock: Date.now },
  });
  transport.reachOut();
  const closed = once((await came).resume(), 'close');
  await transport.close();
  await closed;
});
