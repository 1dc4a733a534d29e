/**
 * What kafkajs alone needs for the records of a large payload: `raw-send BOOTSTRAP TOPIC FILE SIZE
 * OVERHEAD`, as our producer is set up, one record after another. Each is a piece of the file with as
 * many bytes more as a sealed chunk has.
 */
import { openSync, readSync } from 'node:fs';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';

const [bootstrap = '', topic = '', file = '', size = '', overhead = ''] = process.argv.slice(2);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
const producer = kafka.producer({
  ...{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
  createPartitioner: Partitioners.DefaultPartitioner,
});
await producer.connect();
const handle = openSync(file, 'r');
for (;;) {
  const value = Buffer.alloc(Number(size) + Number(overhead));
  const count = readSync(handle, value, 0, Number(size), null);
  if (count === 0) break;
  const messages = [{ key: 'alice', value: value.subarray(0, count + Number(overhead)) }];
  await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.None });
}
await producer.disconnect();
