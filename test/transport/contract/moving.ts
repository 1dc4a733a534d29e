import { describe, expect, test } from 'vitest';
import type { Place, Transport } from '../../../src/transport/port.js';
import { until } from '../../support/until.js';
import { type ContractBench, onlyPosition, publishTexts } from './bench.js';

/** Finding places in a topic, and moving a group's position there. */
export function describeMoving(bench: ContractBench): void {
  /** A topic with the records 0 to 4, of which a reader has committed `read`. */
  async function topicOfFive(transport: Transport, read = 0): Promise<string> {
    const topic = await bench.topic(transport);
    await publishTexts(transport, topic, ['0', '1', '2', '3', '4']);
    if (read > 0) await bench.drain(transport, topic, 5);
    return topic;
  }

  function move(transport: Transport, topic: string, to: bigint): Promise<void> {
    const moved = new Map([[0, to]]);
    return transport.moveGroup({
      ...{ topic, group: `group.${topic}`, to: moved, commitMetadata: 'ledger-2' },
    });
  }

  describe('a place', () => {
    test.each<{ name: string; place: Place; offset: bigint }>([
      { name: 'earliest', place: { from: 'earliest' }, offset: 0n },
      { name: 'latest', place: { from: 'latest' }, offset: 5n },
      { name: 'an offset', place: { from: 'offset', offset: 3n }, offset: 3n },
      { name: 'an offset past the end', place: { from: 'offset', offset: 30n }, offset: 5n },
      { name: 'a time long ago', place: { from: 'time', at: 1 }, offset: 0n },
      { name: 'a time to come', place: { from: 'time', at: Date.now() + 3_600_000 }, offset: 5n },
    ])('is found in five records: $name', async ({ place, offset }) => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      expect(await transport.locate(topic, place)).toEqual(new Map([[0, offset]]));
    });

    test('is never before the first record that is left', async (context) => {
      const { dropBefore } = bench.fixture;
      if (dropBefore === undefined) return context.skip();
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      await dropBefore(topic, 0, 2n);
      const places: Place[] = [{ from: 'earliest' }, { from: 'offset', offset: 1n }];
      for (const place of places) {
        expect(await transport.locate(topic, place)).toEqual(new Map([[0, 2n]]));
      }
    });
  });

  describe('the time of a record', () => {
    test('is when the log appended it', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a']);
      const between = (await transport.appendTimes(topic, new Map([[0, 0n]]))).get(0) ?? 0;
      await until('the clock has gone on', () => Date.now() > between + 1);
      await publishTexts(transport, topic, ['b']);
      const times = await transport.appendTimes(topic, new Map([[0, 1n]]));
      expect(times.get(0)).toBeGreaterThan(between);
      const reading = await bench.read(transport, { topic });
      await reading.upTo(2);
      expect(reading.records.map((one) => one.appendedAt)).toEqual([between, times.get(0)]);
    });

    test('is that of the next one within records appended together', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      const [first, last] = [new Map([[0, 0n]]), new Map([[0, 4n]])];
      const time = await transport.appendTimes(topic, last);
      expect(time.get(0)).toBe((await transport.appendTimes(topic, first)).get(0));
    });

    test('is not there at the end of the log', async () => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport);
      expect(await transport.appendTimes(topic, new Map([[0, 5n]]))).toEqual(new Map());
    });
  });

  describe('a group that nobody reads with', () => {
    test.each([0, 5])('can be moved, having read %i of five records', async (read) => {
      const transport = await bench.open();
      const topic = await topicOfFive(transport, read);
      await move(transport, topic, 2n);
      expect(await onlyPosition(transport, topic)).toMatchObject({
        ...{ committed: 2n, metadata: 'ledger-2' },
      });
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(3)).toEqual(['2', '3', '4']);
    });
  });

  describe('a group that somebody reads with', () => {
    test('says so and stays where it is, until the reader has left', async () => {
      const [transport, other] = await Promise.all([bench.open(), bench.open()]);
      const topic = await topicOfFive(transport);
      expect(await other.isBeingRead(topic, `group.${topic}`)).toBe(false);
      const reading = await bench.read(transport, { topic });
      await reading.upTo(5);
      await until('the group has a member', () => other.isBeingRead(topic, `group.${topic}`));
      await expect(move(other, topic, 0n)).rejects.toMatchObject({
        ...{ code: 'usage', message: `${topic} is being read` },
      });
      await reading.stop();
      expect(await onlyPosition(other, topic)).toMatchObject({ committed: 5n });
      expect(await other.isBeingRead(topic, `group.${topic}`)).toBe(false);
      await move(other, topic, 0n);
      expect(await onlyPosition(other, topic)).toMatchObject({ committed: 0n });
    });
  });
}
