import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBroker, type Broker } from '../../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../../src/sandbox/kafka/distribution.js';
import { claimPort } from '../../../src/sandbox/port.js';
import { isRunning } from '../../../src/sandbox/process.js';
import { PublishOutcomeUnknown, type Transport } from '../../../src/transport/port.js';
import { hasKafka } from '../../support/kafka.js';
import { listenMutely } from '../../support/mute-server.js';
import { until } from '../../support/until.js';
import { ContractBench, onlyPosition, publishTexts } from '../contract/bench.js';
import { administrator, newTopic, open } from './bench.js';
import { Proxy } from './proxy.js';

/** More failures than kafkajs asks again for by itself. */
const FAULTS = 4;
/** The keys of Kafka's requests Metadata, and OffsetCommit and OffsetFetch, whose answers end with an error. */
const METADATA = 3;
/** The answers to ListOffsets end with an error of two bytes, a time and an offset, if they are about one partition. */
const LIST_OFFSETS = 2;
const ERROR_TIME_OFFSET = 18;
const POSITIONS = [8, 9];
const UNKNOWN_TOPIC = 3;
/** Before a topic's name stand two bytes of its error and, in version 10, one of its length. */
const ERROR_AND_LENGTH = 3;

describe.runIf(hasKafka)('a broker behind a bad wire', { timeout: 90_000 }, () => {
  const bench = new ContractBench();
  let directory: string;
  let proxy: Proxy;
  let broker: Broker;

  const start = () =>
    startBroker({
      directory,
      cacheDirectory: defaultCacheDirectory(),
      settings: { 'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}` },
    });
  const viaProxy = (options = {}) => open(`127.0.0.1:${proxy.port}`, options);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msg-outage-'));
    proxy = await Proxy.open();
    broker = await start();
    proxy.target = Number(broker.bootstrap.split(':')[1]);
    bench.begin({ open: () => Promise.resolve(viaProxy()), close: () => Promise.resolve() });
  });
  afterEach(async () => {
    proxy.answersToLose = 0;
    proxy.tamper = () => undefined;
    proxy.isDown = false;
    await bench.tidy();
  });
  afterAll(async () => {
    await proxy.close();
    await broker.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function textsIn(topic: string): Promise<string[]> {
    const transport = await bench.open();
    const { high } = await onlyPosition(transport, topic);
    const reading = await bench.read(transport, { topic, start: { from: 'earliest' } });
    return reading.upTo(Number(high));
  }

  test('records that were refused together, unheard, go in smaller requests', async () => {
    const transport = await bench.open();
    const admin = await administrator(`127.0.0.1:${proxy.port}`);
    const topic = await newTopic(admin, { 'max.message.bytes': '3000' });
    await admin.disconnect();
    const texts = ['a', 'b', 'c', 'd'].map((one) => one.repeat(1500));
    await publishTexts(transport, topic, ['first']);
    proxy.answersToLose = 1;
    await publishTexts(transport, topic, texts);
    expect(await textsIn(topic)).toEqual(['first', ...texts]);
  });

  test('a lost answer is asked for again, and the record is there once', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['a']);
    proxy.answersToLose = 2;
    await publishTexts(transport, topic, ['b']);
    await publishTexts(transport, topic, ['c']);
    expect(proxy.answersToLose).toBe(0);
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('answers lost for too long leave the outcome unknown, and nothing after it is lost', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const transport = viaProxy({ publishDeadline: 2_000 });
    await publishTexts(transport, topic, ['a']);
    proxy.answersToLose = Infinity;
    const lost = publishTexts(transport, topic, ['b']);
    await expect(lost).rejects.toBeInstanceOf(PublishOutcomeUnknown);
    proxy.answersToLose = 0;
    await publishTexts(transport, topic, ['c']);
    await transport.close();
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('a connection that has fallen silent is left for another one', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const transport = viaProxy({ requestTimeout: 1_000 });
    await publishTexts(transport, topic, ['a']);
    proxy.stall();
    await publishTexts(transport, topic, ['b']);
    await publishTexts(transport, topic, ['c']);
    await transport.close();
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('of brokers that take connections and say nothing, the next one is asked', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const { port } = await listenMutely();
    const transport = open('', { brokers: [`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`] });
    const asked = transport.positions(topic, 'some-group');
    await publishTexts(transport, topic, ['a']);
    expect(await asked).toHaveLength(1);
    await transport.close();
    expect(await textsIn(topic)).toEqual(['a']);
  });

  test('an address that never answered fails fast and for certain', async () => {
    const transport = open(`127.0.0.1:${await claimPort(0)}`);
    const publish = publishTexts(transport, 'any', ['a']);
    await expect(publish).rejects.toMatchObject({ code: 'broker-unreachable' });
    await expect(publish).rejects.toThrow('ECONNREFUSED');
    await transport.close();
  });

  test('a subscription without a broker says so, and ends after its patience', async () => {
    const reading = await bench.read(open(`127.0.0.1:${await claimPort(0)}`), {
      topic: 'any',
      giveUpAfter: 1_500,
    });
    await expect(reading.subscription?.finished).rejects.toMatchObject({
      code: 'broker-unreachable',
    });
    expect(reading.notices).toMatchObject([{ kind: 'unreachable' }]);
  });

  test('a cut subscription tells, comes back and goes on where it was', async () => {
    const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
    const topic = await bench.topic(writer);
    const reading = await bench.read(reader, { topic });
    await publishTexts(writer, topic, ['a']);
    await reading.upTo(1);
    proxy.isDown = true;
    proxy.cut();
    await until('the outage is told', () => reading.notices.length > 0);
    proxy.isDown = false;
    await until('the return is told', () => reading.notices.length > 1);
    expect(reading.notices).toMatchObject([{ kind: 'unreachable' }, { kind: 'reachable' }]);
    await publishTexts(writer, topic, ['b']);
    await until('the next record is read', () => reading.texts.includes('b'), 5_000);
    expect(new Set(reading.texts)).toEqual(new Set(['a', 'b']));
  });

  describe.each([
    ['is loading', 14],
    ['is not there yet', 15],
    ['is another one now', 16],
  ])('a group whose coordinator %s', (_state, groupError) => {
    test('says where it stands, and can be moved, as soon as it is ready', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      const [group, commitMetadata] = ['some-group', 'ledger-1'];
      let faults = groupFaults(groupError);
      await transport.moveGroup({ topic, group, to: new Map([[0, 1n]]), commitMetadata });
      expect(faults.left).toBe(0);
      faults = groupFaults(groupError);
      expect(await transport.positions(topic, group)).toMatchObject([{ committed: 1n }]);
      expect(faults.left).toBe(0);
    });

    test('is read as soon as it is ready', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a']);
      const faults = groupFaults(groupError);
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(1)).toEqual(['a']);
      await reading.stop();
      expect(faults.left).toBe(0);
      expect(await onlyPosition(transport, topic)).toMatchObject({ committed: 1n });
    });
  });

  test.each([
    ['is not there yet', 5],
    ['is another one now', 6],
    ['does not know its end yet', 78],
  ])('a partition whose leader %s is waited for', async (_state, code) => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['a']);
    const ask = [
      async () => (await transport.positions(topic, 'some-group')).map(({ high }) => high),
      async () => [...(await transport.locate(topic, { from: 'latest' })).values()],
    ];
    for (const question of ask) {
      const faults = { left: FAULTS };
      proxy.tamper = (apiKey, answer) => {
        if (apiKey !== LIST_OFFSETS || faults.left === 0) return;
        answer.writeInt16BE(code, answer.length - ERROR_TIME_OFFSET);
        faults.left -= 1;
      };
      expect(await question()).toEqual([1n]);
      expect(faults.left).toBe(0);
    }
  });

  test('a topic is made once the broker that is asked has heard of it', async () => {
    const transport = await bench.open();
    const topic = `outage.${randomUUID()}`;
    const faults = { left: FAULTS };
    proxy.tamper = (apiKey, answer) => {
      const name = answer.indexOf(topic);
      if (apiKey !== METADATA || name < 0 || faults.left === 0) return;
      answer.writeInt16BE(UNKNOWN_TOPIC, name - ERROR_AND_LENGTH);
      faults.left -= 1;
    };
    const spec = { topic, partitions: 1, retention: 86_400_000 };
    expect(await transport.ensureTopic(spec)).toBe('created');
    expect(faults.left).toBe(0);
    await publishTexts(transport, topic, ['a']);
    expect(await textsIn(topic)).toEqual(['a']);
  });

  test('a look back that was cut goes on where it was', async () => {
    const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
    const topic = await bench.topic(writer);
    await publishTexts(writer, topic, ['a', 'b']);
    const reading = await bench.read(reader, { topic, start: { from: 'earliest' } });
    await reading.upTo(2);
    proxy.isDown = true;
    proxy.cut();
    await until('the outage is told', () => reading.notices.length > 0);
    proxy.isDown = false;
    await publishTexts(writer, topic, ['c']);
    expect(await reading.upTo(3)).toEqual(['a', 'b', 'c']);
  });

  test('a broker killed and started again costs no record, published or read', async () => {
    const stdout = vi.spyOn(process.stdout, 'write');
    const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
    const topic = await bench.topic(writer);
    const reading = await bench.read(reader, { topic });
    await publishTexts(writer, topic, ['a']);
    await reading.upTo(1);
    process.kill(broker.pid, 'SIGKILL');
    await until('the broker is gone', () => !isRunning(broker.pid));
    const during = persist(writer, topic, 'b');
    broker = await start();
    await during;
    await publishTexts(writer, topic, ['c']);
    await until('all has been read', () => reading.texts.includes('c'), 60_000);
    expect([...new Set(reading.texts)]).toEqual(['a', 'b', 'c']);
    expect(stdout).not.toHaveBeenCalled();
    stdout.mockRestore();
  });

  /** The next answers about the positions of a group of one partition are this error instead. */
  function groupFaults(code: number): { left: number } {
    const faults = { left: FAULTS };
    proxy.tamper = (apiKey, answer) => {
      if (!POSITIONS.includes(apiKey) || faults.left === 0) return;
      answer.writeInt16BE(code, answer.length - 2);
      faults.left -= 1;
    };
    return faults;
  }

  /** What an outbox does: the same record again until it is acknowledged. */
  async function persist(transport: Transport, topic: string, text: string): Promise<void> {
    await until(
      `${text} is acknowledged`,
      () =>
        publishTexts(transport, topic, [text]).then(
          () => true,
          () => false,
        ),
      60_000,
    );
  }
});
