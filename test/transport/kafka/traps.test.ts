import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasKafka, kafkaForTests } from '../../support/kafka.js';
import { until } from '../../support/until.js';
import { ContractBench, onlyPosition, publishTexts, textRecord } from '../contract/bench.js';
import { administrator, kafkaFixture, newTopic, open } from './bench.js';

/** Longer than a member's session at the coordinator, in milliseconds. */
const FROZEN = 11_000;

describe.runIf(hasKafka)('what kafkajs gets wrong', { timeout: 60_000 }, () => {
  const bench = new ContractBench();
  let admin: Admin;

  beforeAll(async () => {
    bench.begin(await kafkaFixture());
    admin = await administrator((await kafkaForTests()).bootstrap);
  });
  afterEach(() => bench.tidy());
  afterAll(async () => {
    await admin.disconnect();
    await bench.end();
  });

  test('records published without waiting stay in order', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    const texts = Array.from({ length: 114 }, (_, n) => `${n}`);
    const large = 'x'.repeat(60_000);
    await Promise.all(
      texts.map((text) => transport.publish(topic, 0, [textRecord(`${text} ${large}`)])),
    );
    const reading = await bench.read(transport, { topic });
    const read = await reading.upTo(114);
    expect(read.map((text) => text.split(' ')[0])).toEqual(texts);
  });

  test('a topic that does not exist does not hold up the others', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    const missing = publishTexts(transport, `missing.${topic}`, ['a']);
    await publishTexts(transport, topic, ['b']);
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
    await publishTexts(transport, topic, ['c']);
    expect(await onlyPosition(transport, topic)).toMatchObject({ high: 2n });
  });

  test('what is published without trouble leaves nothing in the log', async () => {
    const { bootstrap } = await kafkaForTests();
    const lines: string[] = [];
    const log = (level: string, line: string): void => void lines.push(`${level}: ${line}`);
    const transport = open(bootstrap, { log });
    const topic = await newTopic(admin, {});
    expect(await transport.partitionFor(topic, 'alice')).toBe(0);
    await publishTexts(transport, topic, ['a']);
    expect(lines).toEqual([]);
    await expect(publishTexts(transport, `missing.${topic}`, ['b'])).rejects.toThrow();
    expect(lines.join('\n')).toMatch(/error: kafka Connection: Response Metadata/);
    await transport.close();
  });

  test('a reader evicted in the middle of its work joins again and loses nothing', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['a']);
    let calls = 0;
    const reading = await bench.read(transport, {
      topic,
      onRecords: () => {
        calls += 1;
        // Nothing else runs meanwhile, heartbeats neither: as when a machine sleeps.
        if (calls === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FROZEN);
        return Promise.resolve();
      },
    });
    await reading.upTo(2);
    await publishTexts(transport, topic, ['b']);
    await until('the next record is read', () => reading.texts.includes('b'));
    expect(new Set(reading.texts)).toEqual(new Set(['a', 'b']));
    await reading.stop();
    expect(await onlyPosition(transport, topic)).toMatchObject({ committed: 2n });
  });

  test('a position that retention overtook while reading is told as a gap', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['a']);
    let entered = false;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reading = await bench.read(transport, {
      topic,
      onRecords: () => {
        entered = true;
        return released;
      },
    });
    await until('the first record is in hand', () => entered);
    // More than is fetched ahead of the handler: some of it is gone before it is asked for.
    const large = Array.from({ length: 12 }, (_, n) => `${n}`.padEnd(900_000, 'x'));
    await publishTexts(transport, topic, [...large, 'last']);
    await bench.fixture.dropBefore?.(topic, 0, 13n);
    release();
    await until('the last record is read', () => reading.texts.includes('last'));
    const read = reading.texts.slice(1, -1);
    expect(read).toEqual(large.slice(0, read.length));
    expect(read.length).toBeLessThan(large.length);
    expect(reading.notices).toMatchObject([
      { kind: 'gap', from: BigInt(1 + read.length), to: 13n },
    ]);
  });

  test('an idle subscription stops within two seconds', async () => {
    const transport = await bench.open();
    const reading = await bench.read(transport, { topic: await bench.topic(transport) });
    await until('it has caught up', () => reading.caughtUp > 0);
    const begin = performance.now();
    await reading.stop();
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  test('batches are cut to what a topic with a small limit takes', async () => {
    const transport = await bench.open();
    const topic = await newTopic(admin, { 'max.message.bytes': '20000' });
    const texts = Array.from({ length: 20 }, (_, n) => `${n}:${'x'.repeat(4_000)}`);
    await publishTexts(transport, topic, texts);
    const reading = await bench.read(transport, { topic });
    expect(await reading.upTo(20)).toEqual(texts);
  });

  test('a record over a topic’s small limit is too large, and its neighbours are not', async () => {
    const transport = await bench.open();
    const topic = await newTopic(admin, { 'max.message.bytes': '20000' });
    const results = await Promise.allSettled(
      ['a', 'x'.repeat(30_000), 'b'].map((text) => publishTexts(transport, topic, [text])),
    );
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'too-large' } });
    const reading = await bench.read(transport, { topic });
    expect(await reading.upTo(2)).toEqual(['a', 'b']);
    expect((await transport.limits(topic)).largestValue).toBeLessThan(20_000);
  });

  test('a topic whose records carry their producers’ times says so', async () => {
    const transport = await bench.open();
    const topic = await newTopic(admin, { 'message.timestamp.type': 'CreateTime' });
    expect((await transport.limits(topic)).clock).toBe('producer');
  });

  test('an inbox is made to keep records as they came, by the broker’s clock', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    const { resources } = await admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      includeSynonyms: false,
    });
    const entries = resources.flatMap((one) => one.configEntries);
    const settings = Object.fromEntries(entries.map((one) => [one.configName, one.configValue]));
    expect(settings).toMatchObject({
      'cleanup.policy': 'delete',
      'compression.type': 'producer',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  test('positions carry Kafka’s own topic id', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    const { partition } = await onlyPosition(transport, topic);
    expect(partition.topicId).toMatch(/^[\w-]{22}$/);
  });
});
