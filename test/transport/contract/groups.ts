import { describe, expect, test } from 'vitest';
import type { Transport } from '../../../src/transport/port.js';
import { until } from '../../support/until.js';
import { type ContractBench, type Reading, onlyPosition, publishTexts } from './bench.js';

const PARTITIONS = [0, 1, 2, 3];

/** How the members of a group share a topic's partitions. */
export function describeGroups(bench: ContractBench): void {
  /** Publishes rounds to every partition until the condition holds; gives what was published. */
  async function publishUntil(
    transport: Transport,
    topic: string,
    condition: () => boolean,
  ): Promise<string[]> {
    const published: string[] = [];
    await until('every member has read something', async () => {
      for (const partition of PARTITIONS) {
        const text = `${partition}:${published.length}`;
        await publishTexts(transport, topic, [text], partition);
        published.push(text);
      }
      return condition();
    });
    return published;
  }

  function readAll(published: readonly string[], readings: readonly Reading[]): boolean {
    const read = new Set(readings.flatMap((reading) => reading.texts));
    return published.every((text) => read.has(text));
  }

  describe('the members of a group', () => {
    test('share the partitions, and together miss nothing', async () => {
      const [first, second, writer] = await Promise.all([bench.open(), bench.open(), bench.open()]);
      const topic = await bench.topic(writer, PARTITIONS.length);
      const readings = await Promise.all([
        bench.read(first, { topic }),
        bench.read(second, { topic }),
      ]);
      const published = await publishUntil(writer, topic, () =>
        readings.every((reading) => reading.records.length > 0),
      );
      await until('all has been read', () => readAll(published, readings));
    });

    test('leave a lone partition to one of them, and take over when it leaves', async () => {
      const [first, second, writer] = await Promise.all([bench.open(), bench.open(), bench.open()]);
      const topic = await bench.topic(writer);
      const readings = [await bench.read(first, { topic }), await bench.read(second, { topic })];
      await publishTexts(writer, topic, ['a', 'b']);
      await until('both records have been read', () => readAll(['a', 'b'], readings));
      const owner = readings.find((reading) => reading.records.length > 0);
      const waiting = readings.find((reading) => reading !== owner);
      await owner?.stop();
      await publishTexts(writer, topic, ['c']);
      await waiting?.upTo(1);
      expect(waiting?.texts).toEqual(['c']);
    });

    test('take over what another read without making it durable', async () => {
      const [first, second] = await Promise.all([bench.open(), bench.open()]);
      const topic = await bench.topic(first);
      await publishTexts(first, topic, ['a']);
      const failing = await bench.read(first, {
        topic,
        onRecords: () => Promise.reject(new Error('not durable')),
      });
      await expect(failing.subscription?.finished).rejects.toThrow('not durable');
      const reading = await bench.read(second, { topic });
      expect(await reading.upTo(1)).toEqual(['a']);
    });
  });

  describe('groups', () => {
    test('each read everything', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      const readings = [
        await bench.read(transport, { topic, group: `one.${topic}` }),
        await bench.read(transport, { topic, group: `two.${topic}` }),
      ];
      for (const reading of readings) expect(await reading.upTo(2)).toEqual(['a', 'b']);
    });

    test('show their lag', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      await bench.drain(transport, topic, 2);
      await publishTexts(transport, topic, ['c', 'd', 'e']);
      expect(await onlyPosition(transport, topic)).toMatchObject({ committed: 2n, high: 5n });
      const [other] = await transport.positions(topic, `other.${topic}`);
      expect(other).toMatchObject({ low: 0n, committed: undefined, metadata: undefined });
    });
  });
}
