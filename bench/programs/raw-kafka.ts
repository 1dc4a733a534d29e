import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { serve } from './kafka-tasks.js';

// kafkajs as its documentation shows it, with the acknowledgements and fetch sizes that msg has.
const kafka = new Kafka({ brokers: [process.argv[2] ?? ''], logLevel: logLevel.NOTHING });
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: Partitioners.DefaultPartitioner,
});
await producer.connect();

serve({
  async create(topic) {
    const admin = kafka.admin();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
  },
  async publish(topic, values) {
    await producer.send({
      topic,
      messages: values.map((value) => ({ key: 'key', value, partition: 0 })),
    });
  },
  async consume(topic, onValue) {
    const consumer = kafka.consumer({
      groupId: randomUUID(),
      maxWaitTimeInMs: 500,
      maxBytesPerPartition: 4 * 1024 * 1024,
      maxBytes: 8 * 1024 * 1024,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { batch } = payload;
        for (const { value } of batch.messages) onValue(value ?? Buffer.alloc(0));
        payload.resolveOffset(batch.lastOffset());
        await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      },
    });
    await joined;
    return () => consumer.disconnect();
  },
});
