import createFetchManager from 'kafkajs/src/consumer/fetchManager.js';
import Runner from 'kafkajs/src/consumer/runner.js';
import { expect, test } from 'vitest';
import { endFetchersWithConsumer } from '../../../src/transport/kafka/ended-consumer.js';

interface Fetching {
  running: boolean;
  fetch: (this: Fetching, nodeId: string) => Promise<unknown[]>;
}

const debug = (): void => undefined;
const logger = { debug, info: debug, namespace: (): unknown => logger };

/** A consumer's loop that was told to end, with what a fetch needs. */
function endedRunner(): Fetching {
  const Class = Runner as new (options: object) => Fetching;
  const runner = new Class({
    ...{ logger, consumerGroup: { groupId: 'g', memberId: 'm' }, retry: { retries: 0 } },
    ...{ instrumentationEmitter: { emit: debug }, concurrency: 1, eachBatch: debug },
  });
  runner.running = false;
  return runner;
}

test('kafkajs still takes a consumer that has ended for one that has no records yet', async () => {
  const { prototype } = Runner as { prototype: Fetching };
  const { fetch } = prototype;
  expect(await fetch.call(Object.assign(endedRunner(), { fetch }), '1')).toEqual([]);
});

test('loops that begin after their consumer was told to end do so, too', async () => {
  endFetchersWithConsumer();
  const runner = endedRunner();
  let asked = 0;
  const manager = createFetchManager({
    ...{ logger, getNodeIds: () => [1, 2], handler: debug, concurrency: 1 },
    fetch: (nodeId: string) => {
      asked += 1;
      // Otherwise nothing in this process would have its turn again, this test's end included.
      if (asked > 100) throw new Error('asks for ever');
      return runner.fetch(nodeId);
    },
  });
  await expect(manager.start()).rejects.toThrow('this consumer has ended');
});
