/**
 * What kafkajs alone needs to read the records of a large payload and to have them on the disk:
 * `raw-receive BOOTSTRAP TOPIC FILE COUNT`, as our consumer is set up: every batch is written, fsynced,
 * and its offset committed.
 */
import { open } from 'node:fs/promises';
import { Kafka, logLevel } from 'kafkajs';

const [bootstrap = '', topic = '', path = '', count = ''] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({
  groupId: `raw.${process.pid}`,
  ...{ maxBytesPerPartition: 4 * 1024 * 1024, maxBytes: 8 * 1024 * 1024, maxWaitTimeInMs: 500 },
});
const file = await open(path, 'w');
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
let left = Number(count);
await new Promise<void>((resolve, reject) => {
  consumer
    .run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { messages } = payload.batch;
        for (const { value, offset } of messages) {
          if (value !== null) await file.write(value);
          payload.resolveOffset(offset);
        }
        await file.datasync();
        await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
        left -= messages.length;
        if (left <= 0) resolve();
      },
    })
    .catch(reject);
});
await consumer.disconnect();
await file.close();
