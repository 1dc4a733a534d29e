import { describe, expect, test } from 'vitest';
import type { PartitionId, StartPosition, Transport } from '../../../src/transport/port.js';
import { until } from '../../support/until.js';
import {
  type ContractBench,
  type Reading,
  fromCommitted,
  onlyPosition,
  publishTexts,
} from './bench.js';

/** Where subscriptions begin, and that looking back moves nothing. */
export function describeStartPositions(bench: ContractBench): void {
  /** A topic with the records 0 to 4, of which the group has committed the first `committed`. */
  async function topicOfFive(transport: Transport, committed = 0): Promise<string> {
    const topic = await bench.topic(transport);
    const texts = ['0', '1', '2', '3', '4'];
    await publishTexts(transport, topic, texts.slice(0, committed));
    if (committed > 0) await bench.drain(transport, topic, committed);
    await publishTexts(transport, topic, texts.slice(committed));
    return topic;
  }

  async function firstFrom(start: StartPosition, committed = 0): Promise<Reading> {
    const transport = await bench.open();
    const reading = await bench.read(transport, {
      topic: await topicOfFive(transport, committed),
      start,
    });
    await reading.upTo(1);
    return reading;
  }

  describe('a subscription from the committed position', () => {
    test('starts at the earliest record when nothing is committed or known', async () => {
      expect((await firstFrom(fromCommitted())).texts[0]).toBe('0');
    });

    test('starts at the committed position when nothing is known', async () => {
      expect((await firstFrom(fromCommitted(), 3)).texts[0]).toBe('3');
    });

    test('starts at the known position when nothing is committed', async () => {
      expect((await firstFrom(fromCommitted(2n))).texts[0]).toBe('2');
    });

    test('starts at the known position when that is the lower', async () => {
      expect((await firstFrom(fromCommitted(1n), 3)).texts[0]).toBe('1');
    });

    test('starts at the committed position when that is the lower', async () => {
      expect((await firstFrom(fromCommitted(4n), 3)).texts[0]).toBe('3');
    });

    test('asks for the known position under the partition’s full name', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      const asked: PartitionId[] = [];
      const known = (partition: PartitionId): Promise<bigint> => {
        asked.push(partition);
        return Promise.resolve(4n);
      };
      const reading = await bench.read(transport, { topic, start: { from: 'committed', known } });
      expect(await reading.upTo(1)).toEqual(['4']);
      expect(asked[0]).toEqual((await onlyPosition(transport, topic)).partition);
    });

    test('reads everything and says so when the known position lies past the end', async () => {
      const reading = await firstFrom(fromCommitted(99n));
      expect(await reading.upTo(5)).toEqual(['0', '1', '2', '3', '4']);
      expect(reading.notices).toMatchObject([{ kind: 'rewound', known: 99n }]);
    });
  });

  describe('a look back', () => {
    test('from the earliest record reads everything', async () => {
      const reading = await firstFrom({ from: 'earliest' }, 3);
      expect(await reading.upTo(5)).toEqual(['0', '1', '2', '3', '4']);
    });

    test('from an offset starts there', async () => {
      const reading = await firstFrom({ from: 'offset', offset: 2n }, 4);
      expect(await reading.upTo(3)).toEqual(['2', '3', '4']);
    });

    test('from the latest position reads only what comes later', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      const reading = await bench.read(transport, { topic, start: { from: 'latest' } });
      await until('it has caught up', () => reading.caughtUp > 0);
      await publishTexts(transport, topic, ['5']);
      expect(await reading.upTo(1)).toEqual(['5']);
    });

    test('from a time starts at the first record appended then or later', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      const earlier = Date.now();
      await until('the clock has moved on', () => Date.now() > earlier + 20);
      await publishTexts(transport, topic, ['5', '6']);
      const all = await bench.read(transport, { topic, start: { from: 'earliest' } });
      await all.upTo(7);
      await all.stop();
      const at = all.records[5]?.appendedAt ?? 0;
      expect(at).toBeGreaterThan(all.records[4]?.appendedAt ?? 0);
      const reading = await bench.read(transport, { topic, start: { from: 'time', at } });
      expect(await reading.upTo(2)).toEqual(['5', '6']);
    });

    test('from a time after the last record reads only what comes later', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      const at = Date.now() + 3_600_000;
      const reading = await bench.read(transport, { topic, start: { from: 'time', at } });
      await until('it has caught up', () => reading.caughtUp > 0);
      await publishTexts(transport, topic, ['5']);
      expect(await reading.upTo(1)).toEqual(['5']);
    });

    test.for<StartPosition>([
      { from: 'earliest' },
      { from: 'latest' },
      { from: 'time', at: 0 },
      { from: 'offset', offset: 1n },
    ])('from $from never moves the group’s position', async (start) => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport, 2);
      const before = await onlyPosition(transport, topic);
      const reading = await bench.read(transport, { topic, start, commitMetadata: 'another' });
      await until('it has caught up', () => reading.caughtUp > 0);
      await publishTexts(transport, topic, ['5']);
      await reading.upTo(1);
      await reading.stop();
      expect(await onlyPosition(transport, topic)).toEqual({ ...before, high: 6n });
      expect(before).toMatchObject({ committed: 2n, metadata: 'ledger-1' });
    });
  });
}
