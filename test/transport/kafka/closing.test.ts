import { once } from 'node:events';
import { expect, it } from 'vitest';
import { connectKafka } from '../../../src/transport/kafka/connect.js';
import { listenMutely } from '../../support/mute-server.js';

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

it(
  'hangs up also on a broker that it is still asking about an inbox',
  async () => {
    const { port, came } = await listenMutely();
    const transport = connectKafka({
      brokers: [`127.0.0.1:${port}`],
      ...{ clientId: 'msg', log: () => undefined, clock: Date.now },
    });
    const asked = transport.positions('msg.in.bob', 'msg.in.bob').catch((error: unknown) => error);
    const closed = once((await came).resume(), 'close');
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
