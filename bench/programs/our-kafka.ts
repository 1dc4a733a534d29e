import { randomUUID } from 'node:crypto';
import { connectKafka } from '../../src/transport/kafka/connect.js';
import { serve } from './kafka-tasks.js';

const transport = connectKafka({
  brokers: [process.argv[2] ?? ''],
  ...{ clientId: 'msg-bench', log: () => undefined, clock: Date.now },
});

serve({
  async create(topic) {
    await transport.ensureTopic({ topic, partitions: 1, retention: 86_400_000 });
  },
  async publish(topic, values) {
    const records = values.map((value) => ({ key: 'key', value, headers: {} }));
    await transport.publish(topic, 0, records);
  },
  async consume(topic, onValue) {
    let caughtUp = (): void => undefined;
    const joined = new Promise<void>((resolve) => (caughtUp = resolve));
    const subscription = await transport.subscribe({
      ...{ topic, group: randomUUID(), commitMetadata: 'bench', giveUpAfter: 60_000 },
      start: { from: 'committed', known: () => Promise.resolve(undefined) },
      onRecords: (records) => {
        for (const { value } of records) onValue(value);
        caughtUp();
        return Promise.resolve();
      },
      onNotice: () => undefined,
      onCaughtUp: () => {
        caughtUp();
      },
    });
    await joined;
    return () => subscription.stop();
  },
});
