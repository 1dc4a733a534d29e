import { describe, expect, test } from 'vitest';
import { MsgError } from '../../../src/errors.js';
import { newGate } from '../../support/gate.js';
import { until } from '../../support/until.js';
import { type ContractBench, onlyPosition, publishTexts } from './bench.js';

/** What a running subscription promises: durability before position, order, a clean end. */
export function describeSubscribing(bench: ContractBench): void {
  describe('subscribing', () => {
    test('delivers what is published while it runs', async () => {
      const [reader, writer] = await Promise.all([bench.open(), bench.open()]);
      const topic = await bench.topic(writer);
      const reading = await bench.read(reader, { topic });
      for (const text of ['a', 'b', 'c']) {
        await publishTexts(writer, topic, [text]);
        await until(`${text} has been read`, () => reading.texts.includes(text));
      }
      expect(reading.texts).toEqual(['a', 'b', 'c']);
    });

    test('commits the position after the last record handled, with the metadata given', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b', 'c']);
      expect(await onlyPosition(transport, topic)).toMatchObject({ committed: undefined });
      const reading = await bench.read(transport, { topic, commitMetadata: 'ledger-42' });
      await reading.upTo(3);
      await reading.stop();
      const position = await onlyPosition(transport, topic);
      expect(position).toMatchObject({ low: 0n, high: 3n, committed: 3n, metadata: 'ledger-42' });
    });

    test('names the same partition to the handler and in positions', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a']);
      const reading = await bench.drain(transport, topic, 1);
      const { partition } = await onlyPosition(transport, topic);
      expect(reading.partitions[0]).toEqual(partition);
      expect(partition).toMatchObject({ topic, partition: 0 });
      expect(partition.clusterId).not.toBe('');
    });

    test('goes on after a restart where it stopped', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      await bench.drain(transport, topic, 2);
      await publishTexts(transport, topic, ['c']);
      const reading = await bench.read(await bench.open(), { topic });
      expect(await reading.upTo(1)).toEqual(['c']);
    });

    test('calls the handler once at a time for a partition', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      let running = 0;
      let most = 0;
      const reading = await bench.read(transport, {
        topic,
        onRecords: async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        },
      });
      for (let n = 0; n < 20; n++) await publishTexts(transport, topic, [`${n}`]);
      await reading.upTo(20);
      expect(most).toBe(1);
    });

    test('ends with the handler’s error and brings the same records next time', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      const failure = new MsgError('disk-full', 'no space left for the ledger');
      const failing = await bench.read(transport, {
        topic,
        onRecords: () => Promise.reject(failure),
      });
      await expect(failing.subscription?.finished).rejects.toMatchObject({
        code: 'disk-full',
        message: failure.message,
      });
      expect(await onlyPosition(transport, topic)).toMatchObject({ committed: undefined });
      const next = await bench.read(transport, { topic });
      expect(await next.upTo(2)).toEqual(['a', 'b']);
    });

    test('finishes the call in hand on stop, commits it and resolves', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a']);
      const [gate, entered] = [newGate(), newGate()];
      const reading = await bench.read(transport, {
        topic,
        onRecords: async () => {
          entered.open();
          await gate.opened;
        },
      });
      await entered.opened;
      let stopped = false;
      const stopping = reading.stop().then(() => (stopped = true));
      await publishTexts(transport, topic, ['b']);
      expect(stopped).toBe(false);
      gate.open();
      await stopping;
      await expect(reading.subscription?.finished).resolves.toBeUndefined();
      expect(reading.texts).toEqual(['a']);
      expect(await onlyPosition(transport, topic)).toMatchObject({ committed: 1n, high: 2n });
    });

    test('says when it has caught up, and again after further records', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport, 2);
      await publishTexts(transport, topic, ['a', 'b'], 1);
      let readWhenCaughtUp: number | undefined;
      const reading = await bench.read(transport, {
        topic,
        onCaughtUp: () => (readWhenCaughtUp ??= reading.records.length),
      });
      await until('it has caught up', () => readWhenCaughtUp !== undefined);
      expect(readWhenCaughtUp).toBe(2);
      readWhenCaughtUp = undefined;
      await publishTexts(transport, topic, ['c'], 0);
      await reading.upTo(3);
      await until('it has caught up again', () => readWhenCaughtUp !== undefined);
    });

    test('has caught up with an empty topic at once', async () => {
      const transport = await bench.open();
      const reading = await bench.read(transport, { topic: await bench.topic(transport) });
      await until('it has caught up', () => reading.caughtUp > 0);
      expect(reading.records).toEqual([]);
    });

    test('ends when the client is closed', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a']);
      const reading = await bench.read(transport, { topic });
      await reading.upTo(1);
      await transport.close();
      await expect(reading.subscription?.finished).resolves.toBeUndefined();
    });
  });
}
