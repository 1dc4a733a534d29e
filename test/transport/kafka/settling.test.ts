import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hasKafka } from '../../support/kafka.js';
import { ContractBench, onlyPosition, publishTexts } from '../contract/bench.js';
import { suiteBroker } from './proxied-broker.js';

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

describe.runIf(hasKafka)('brokers that are settling who answers', { timeout: 90_000 }, () => {
  const bench = new ContractBench();
  const suite = suiteBroker(bench);

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
      suite.proxy.tamper = (apiKey, answer) => {
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
    suite.proxy.tamper = (apiKey, answer) => {
      const name = answer.indexOf(topic);
      if (apiKey !== METADATA || name < 0 || faults.left === 0) return;
      answer.writeInt16BE(UNKNOWN_TOPIC, name - ERROR_AND_LENGTH);
      faults.left -= 1;
    };
    const spec = { topic, partitions: 1, retention: 86_400_000 };
    expect(await transport.ensureTopic(spec)).toBe('created');
    expect(faults.left).toBe(0);
    await publishTexts(transport, topic, ['a']);
    expect(await onlyPosition(transport, topic)).toMatchObject({ high: 1n });
  });

  /** The next answers about the positions of a group of one partition are this error instead. */
  function groupFaults(code: number): { left: number } {
    const faults = { left: FAULTS };
    suite.proxy.tamper = (apiKey, answer) => {
      if (!POSITIONS.includes(apiKey) || faults.left === 0) return;
      answer.writeInt16BE(code, answer.length - 2);
      faults.left -= 1;
    };
    return faults;
  }
});
