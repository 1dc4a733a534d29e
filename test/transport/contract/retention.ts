import { describe, expect, test } from 'vitest';
import type { PartitionId } from '../../../src/transport/port.js';
import { until } from '../../support/until.js';
import {
  type ContractBench,
  RETENTION,
  fromCommitted,
  onlyPosition,
  publishTexts,
} from './bench.js';

/** What happens when the log forgets records, or a topic is made anew. */
export function describeRetention(bench: ContractBench): void {
  describe('records that retention took', () => {
    test('before the group read them are told as a gap, and reading goes on', async ({ skip }) => {
      const { dropBefore } = bench.fixture;
      if (dropBefore === undefined) return skip('this log cannot drop records on demand');
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['0']);
      await bench.drain(transport, topic, 1);
      await publishTexts(transport, topic, ['1', '2', '3']);
      await dropBefore(topic, 0, 3n);
      expect(await onlyPosition(transport, topic)).toMatchObject({ low: 3n, high: 4n });
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(1)).toEqual(['3']);
      expect(reading.notices).toMatchObject([{ kind: 'gap', from: 1n, to: 3n }]);
    });

    test('before a group without a position came are no gap', async ({ skip }) => {
      const { dropBefore } = bench.fixture;
      if (dropBefore === undefined) return skip('this log cannot drop records on demand');
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['0', '1']);
      await dropBefore(topic, 0, 1n);
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(1)).toEqual(['1']);
      expect(reading.notices).toEqual([]);
    });
  });

  describe('a topic made anew', () => {
    test('has another id, and is read from its start', async ({ skip }) => {
      const { recreateTopic } = bench.fixture;
      if (recreateTopic === undefined) return skip('this log cannot delete topics');
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['old 0', 'old 1', 'old 2']);
      const [past] = (await bench.drain(transport, topic, 3)).partitions;
      await recreateTopic({ topic, partitions: 1, retention: RETENTION });
      const client = await bench.open();
      await publishTexts(client, topic, ['new 0']);
      const known = (at: PartitionId): Promise<bigint | undefined> =>
        Promise.resolve(at.topicId === past?.topicId ? 3n : undefined);
      const reading = await bench.read(client, { topic, start: { from: 'committed', known } });
      expect(await reading.upTo(1)).toEqual(['new 0']);
      expect(reading.partitions[0]?.topicId).not.toBe(past?.topicId);
    });

    test('is told as rewound to a reader that knows a position past its end', async ({ skip }) => {
      const { recreateTopic } = bench.fixture;
      if (recreateTopic === undefined) return skip('this log cannot delete topics');
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['old 0', 'old 1', 'old 2']);
      await bench.drain(transport, topic, 3);
      await recreateTopic({ topic, partitions: 1, retention: RETENTION });
      const client = await bench.open();
      await publishTexts(client, topic, ['new 0']);
      const reading = await bench.read(client, { topic, start: fromCommitted(3n) });
      expect(await reading.upTo(1)).toEqual(['new 0']);
      await until('it is told', () => reading.notices.length > 0);
      expect(reading.notices).toMatchObject([{ kind: 'rewound', known: 3n }]);
    });
  });
}
