import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Transport } from '../../../src/transport/port.js';
import { listenMutely } from '../../support/mute-server.js';
import { open } from './bench.js';

// kafkajs itself gives up on such a broker after 20 seconds.
const TOO_LONG = 15_000;

it.each<[string, (transport: Transport) => Promise<unknown>]>([
  ['about a topic', (transport) => transport.partitionFor('msg.in.bob', 'alice')],
  ['about a position', (transport) => transport.positions('msg.in.bob', 'msg.bob')],
])(
  'hangs up also on a broker that it is still asking %s, so that the process can end',
  async (_what, ask) => {
    const { port, came } = await listenMutely();
    const transport = open(`127.0.0.1:${port}`);
    const asked = ask(transport).catch((error: unknown) => error);
    const closed = once((await came).resume(), 'close');
    await transport.close();
    await closed;
    expect(await asked).toMatchObject({ code: 'broker-unreachable' });
  },
  TOO_LONG,
);

it(
  'ends also a subscription that comes about only while it hangs up',
  async () => {
    const { port, came } = await listenMutely();
    const transport = open(`127.0.0.1:${port}`);
    const subscribed = transport.subscribe({
      ...{ topic: 'msg.in.bob', group: 'msg.bob', start: { from: 'earliest' } },
      ...{ commitMetadata: '', giveUpAfter: 60_000, onRecords: () => Promise.resolve() },
      ...{ onNotice: () => undefined, onCaughtUp: () => undefined },
    });
    (await came).resume();
    await transport.close();
    await (
      await subscribed
    ).finished;
  },
  TOO_LONG,
);

it('hangs up on a broker that it reached for nothing', async () => {
  const { port, came } = await listenMutely();
  const transport = open(`127.0.0.1:${port}`);
  transport.reachOut();
  const closed = once((await came).resume(), 'close');
  await transport.close();
  await closed;
});
