import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { claimPort } from '../../../src/sandbox/port.js';
import { isRunning } from '../../../src/sandbox/process.js';
import { PublishOutcomeUnknown, type Transport } from '../../../src/transport/port.js';
import { hasKafka } from '../../support/kafka.js';
import { listenMutely } from '../../support/mute-server.js';
import { until } from '../../support/until.js';
import { ContractBench, onlyPosition, publishTexts } from '../contract/bench.js';
import { administrator, newTopic, open } from './bench.js';
import { suiteBroker } from './proxied-broker.js';

const JOIN_GROUP = 11;
/** A listener has ten seconds from a signal to its end; in milliseconds. */
const STOP_PATIENCE = 8_000;

describe.runIf(hasKafka)('a broker behind a bad wire', { timeout: 90_000 }, () => {
  const bench = new ContractBench();
  const suite = suiteBroker(bench);

  async function textsIn(topic: string): Promise<string[]> {
    const transport = await bench.open();
    const { high } = await onlyPosition(transport, topic);
    const reading = await bench.read(transport, { topic, start: { from: 'earliest' } });
    return reading.upTo(Number(high));
  }

  test('records that were refused together, unheard, go in smaller requests', async () => {
    const transport = await bench.open();
    const admin = await administrator(suite.broker.address);
    const topic = await newTopic(admin, { 'max.message.bytes': '3000' });
    await admin.disconnect();
    const texts = ['a', 'b', 'c', 'd'].map((one) => one.repeat(1500));
    await publishTexts(transport, topic, ['first']);
    suite.proxy.answersToLose = 1;
    await publishTexts(transport, topic, texts);
    expect(await textsIn(topic)).toEqual(['first', ...texts]);
  });

  test('a lost answer is asked for again, and the record is there once', async () => {
    const transport = await bench.open();
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['a']);
    suite.proxy.answersToLose = 2;
    await publishTexts(transport, topic, ['b']);
    await publishTexts(transport, topic, ['c']);
    expect(suite.proxy.answersToLose).toBe(0);
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('answers lost for too long leave the outcome unknown, and nothing after it is lost', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const transport = suite.broker.open({ publishDeadline: 2_000 });
    await publishTexts(transport, topic, ['a']);
    suite.proxy.answersToLose = Infinity;
    const lost = publishTexts(transport, topic, ['b']);
    await expect(lost).rejects.toBeInstanceOf(PublishOutcomeUnknown);
    suite.proxy.answersToLose = 0;
    await publishTexts(transport, topic, ['c']);
    await transport.close();
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('a connection that has fallen silent is left for another one', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const transport = suite.broker.open({ requestTimeout: 1_000 });
    await publishTexts(transport, topic, ['a']);
    suite.proxy.stall();
    await publishTexts(transport, topic, ['b']);
    await publishTexts(transport, topic, ['c']);
    await transport.close();
    expect(await textsIn(topic)).toEqual(['a', 'b', 'c']);
  });

  test('of brokers that take connections and say nothing, the next one is asked', async () => {
    const creator = await bench.open();
    const topic = await bench.topic(creator);
    const { port } = await listenMutely();
    const transport = open('', { brokers: [`127.0.0.1:${port}`, suite.broker.address] });
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
    const { reading, writer, topic } = await cutReading();
    suite.proxy.isDown = false;
    await until('the return is told', () => reading.notices.length > 1);
    expect(reading.notices).toMatchObject([{ kind: 'unreachable' }, { kind: 'reachable' }]);
    await publishTexts(writer, topic, ['b']);
    await until('the next record is read', () => reading.texts.includes('b'), 5_000);
    expect(new Set(reading.texts)).toEqual(new Set(['a', 'b']));
  });

  test('a subscription that waits to be let into its group ends when told to', async () => {
    const { reading } = await cutReading();
    suite.proxy.swallowing = JOIN_GROUP;
    suite.proxy.isDown = false;
    await until('it wants to join again', () => suite.proxy.swallowed > 0);
    const patience = new AbortController();
    const ended = await Promise.race([
      reading.stop().then(() => true),
      pause(STOP_PATIENCE, false, { signal: patience.signal }),
    ]);
    patience.abort();
    expect(ended).toBe(true);
  });

  test('a look back that was cut goes on where it was', async () => {
    const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
    const topic = await bench.topic(writer);
    await publishTexts(writer, topic, ['a', 'b']);
    const reading = await bench.read(reader, { topic, start: { from: 'earliest' } });
    await reading.upTo(2);
    suite.proxy.isDown = true;
    suite.proxy.cut();
    await until('the outage is told', () => reading.notices.length > 0);
    suite.proxy.isDown = false;
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
    process.kill(suite.broker.pid, 'SIGKILL');
    await until('the broker is gone', () => !isRunning(suite.broker.pid));
    const during = persist(writer, topic, 'b');
    await suite.broker.start();
    await during;
    await publishTexts(writer, topic, ['c']);
    await until('all has been read', () => reading.texts.includes('c'), 60_000);
    expect([...new Set(reading.texts)]).toEqual(['a', 'b', 'c']);
    expect(stdout).not.toHaveBeenCalled();
    stdout.mockRestore();
  });

  /** A subscription that has read one record, and has told that it was cut off since. */
  async function cutReading() {
    const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
    const topic = await bench.topic(writer);
    const reading = await bench.read(reader, { topic });
    await publishTexts(writer, topic, ['a']);
    await reading.upTo(1);
    suite.proxy.isDown = true;
    suite.proxy.cut();
    await until('the outage is told', () => reading.notices.length > 0);
    return { reading, writer, topic };
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
