import { gzipSync } from 'node:zlib';
import { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import { MOST_DECOMPRESSED, registerCodecs } from '../../../src/transport/kafka/codecs.js';
import { MOST_RECORDS } from '../../../src/transport/kafka/unreadable.js';
import { hasKafka, kafkaForTests } from '../../support/kafka.js';
import { until } from '../../support/until.js';
import { ContractBench, publishTexts } from '../contract/bench.js';
import { administrator, alterTopic, kafkaFixture, newTopic, open } from './bench.js';

interface Codec {
  decompress(compressed: Buffer): Promise<Buffer>;
}

/** Compressed records with the header of their record set before them, as in a fetch response. */
function withHeader(compressed: Buffer, count: number): Buffer {
  const response = Buffer.alloc(61 + compressed.length);
  response.writeInt32BE(count - 1, 23);
  response.writeInt32BE(count, 57);
  compressed.copy(response, 61);
  return response.subarray(61);
}

describe('a record set that unfolds to more than the bound', () => {
  beforeAll(registerCodecs);

  test('is replaced by one placeholder for each of its records', async () => {
    const bomb = gzipSync(Buffer.alloc(MOST_DECOMPRESSED + 1));
    const codec = CompressionCodecs[CompressionTypes.GZIP]() as Codec;
    const replaced = await codec.decompress(withHeader(bomb, 3));
    expect(replaced.length).toBeLessThan(400);
  });

  test('is refused for snappy by the length that it claims', async () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    const codec = CompressionCodecs[CompressionTypes.Snappy]() as Codec;
    const replaced = await codec.decompress(withHeader(claim, 1));
    expect(replaced.toString()).toContain('snappy record set of more than');
  });
});

describe.runIf(hasKafka)('a topic with compressed records', { timeout: 60_000 }, () => {
  async function readFrom(compression: string, settings: Record<string, string> = {}) {
    const { bootstrap } = await kafkaForTests();
    const bench = new ContractBench();
    bench.begin(await kafkaFixture());
    const admin = await administrator(bootstrap);
    const topic = await newTopic(admin, { ...settings, 'compression.type': compression });
    const writer = open(bootstrap);
    await publishTexts(writer, topic, ['a', 'b'.repeat(100_000), 'c']);
    const reading = await bench.read(await bench.open(), { topic });
    const finish = async () => {
      await bench.tidy();
      await Promise.all([writer.close(), admin.disconnect(), bench.end()]);
    };
    return { reading, topic, writer, admin, finish };
  }

  test.for(['gzip', 'snappy', 'zstd'])('is read when the codec is %s', async (compression) => {
    const { reading, finish } = await readFrom(compression);
    expect(await reading.upTo(3)).toEqual(['a', 'b'.repeat(100_000), 'c']);
    expect(reading.notices).toEqual([]);
    await finish();
  });

  test('is passed over with a notice when the codec is lz4, and reading goes on', async () => {
    const { reading, topic, writer, admin, finish } = await readFrom('lz4');
    await until('it is told', () => reading.notices.length > 0);
    const notice = { kind: 'unreadable', from: 0n, to: 3n, reason: 'lz4 compression' };
    expect(reading.notices).toMatchObject([notice]);
    await alterTopic(admin, topic, { 'compression.type': 'uncompressed' });
    await publishTexts(writer, topic, ['after']);
    expect(await reading.upTo(1)).toEqual(['after']);
    await finish();
  });

  test('is passed over where one record set has too many records', async () => {
    const { reading, topic, writer, finish } = await readFrom('gzip', {
      'max.message.bytes': '20000000',
    });
    await reading.upTo(3);
    const { bootstrap } = await kafkaForTests();
    const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    const messages = Array.from({ length: MOST_RECORDS + 1 }, () => ({ value: null }));
    await producer.send({ topic, messages });
    await producer.disconnect();
    await publishTexts(writer, topic, ['after']);
    expect(await reading.upTo(4)).toContain('after');
    const end = BigInt(MOST_RECORDS) + 4n;
    const notices = reading.notices.filter((notice) => notice.kind === 'unreadable');
    expect(notices).toMatchObject([{ from: 3n, to: end }]);
    await finish();
  });
});
