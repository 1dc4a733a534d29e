import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { OutgoingRecord } from '../../../src/transport/port.js';
import { type ContractBench, RETENTION, onlyPosition, publishTexts, textRecord } from './bench.js';

/** What publishing, topics and their limits promise. */
export function describePublishing(bench: ContractBench): void {
  describe('publishing', () => {
    test('keeps the order of records within a call and from call to call', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b', 'c']);
      await publishTexts(transport, topic, ['d', 'e']);
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(reading.records.map((record) => record.offset)).toEqual([0n, 1n, 2n, 3n, 4n]);
    });

    test('has appended the records when it resolves, and says where', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['a', 'b']);
      const published = await transport.publish(topic, 0, [textRecord('c')]);
      expect(published).toMatchObject({ topic, partition: 0 });
      expect([undefined, 2n]).toContain(published.baseOffset);
      expect(await onlyPosition(transport, topic)).toMatchObject({ low: 0n, high: 3n });
    });

    test('carries keys, headers and binary values unchanged', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      const records: OutgoingRecord[] = [
        { key: 'acme/1', value: randomBytes(4096), headers: { 'msg-id': '1', 'msg-v': 'x=y' } },
        { key: 'acme/2', value: Uint8Array.of(0, 255, 0, 13, 10), headers: {} },
      ];
      await transport.publish(topic, 0, records);
      const reading = await bench.read(transport, { topic });
      await reading.upTo(2);
      const bare = ({
        key,
        value,
        headers,
      }: Pick<OutgoingRecord, 'value' | 'headers'> & { key: string | undefined }) => ({
        key,
        value: Buffer.from(value).toString('hex'),
        headers: { ...headers },
      });
      expect(reading.records.map(bare)).toEqual(records.map(bare));
    });

    test('tells an empty value from a missing record', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      await publishTexts(transport, topic, ['', 'after']);
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(2)).toEqual(['', 'after']);
    });

    test('stamps each record with the time of its append', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      const before = Date.now();
      await publishTexts(transport, topic, ['a']);
      const after = Date.now();
      const reading = await bench.read(transport, { topic });
      await reading.upTo(1);
      expect(reading.records[0]?.appendedAt).toBeGreaterThanOrEqual(before - 1000);
      expect(reading.records[0]?.appendedAt).toBeLessThanOrEqual(after + 1000);
    });

    test('takes more records in one call than fit into one request', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      const texts = Array.from({ length: 1200 }, (_, n) => `${n}:${'x'.repeat(1024)}`);
      await publishTexts(transport, topic, texts);
      const reading = await bench.read(transport, { topic });
      expect(await reading.upTo(1200)).toEqual(texts);
    });

    test('takes a value of the largest size that the topic allows', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      const { largestValue } = await transport.limits(topic);
      const value = randomBytes(largestValue);
      await transport.publish(topic, 0, [{ key: 'acme/large', value, headers: { 'msg-v': '1' } }]);
      const reading = await bench.read(transport, { topic });
      await reading.upTo(1);
      expect(Buffer.compare(reading.records[0]?.value ?? Buffer.alloc(0), value)).toBe(0);
    });

    test('refuses a value over that size as too-large and appends nothing', async () => {
      const transport = await bench.open();
      const topic = await bench.topic(transport);
      const { largestValue } = await transport.limits(topic);
      const value = randomBytes(largestValue + 65_536);
      const publish = transport.publish(topic, 0, [{ key: 'k', value, headers: {} }]);
      await expect(publish).rejects.toMatchObject({ code: 'too-large' });
      expect(await onlyPosition(transport, topic)).toMatchObject({ high: 0n });
    });

    test('gives publishers in several clients offsets without gaps', async () => {
      const transports = await Promise.all([bench.open(), bench.open(), bench.open()]);
      const topic = await bench.topic(transports[0]);
      await Promise.all(
        transports.map(async (transport, who) => {
          for (let n = 0; n < 20; n++) await publishTexts(transport, topic, [`${who}:${n}`]);
        }),
      );
      const reading = await bench.read(transports[0], { topic });
      const texts = await reading.upTo(60);
      expect(reading.records.map((record) => Number(record.offset))).toEqual([...texts.keys()]);
      for (const who of [0, 1, 2]) {
        const own = texts.filter((text) => text.startsWith(`${who}:`));
        expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${who}:${n}`));
      }
    });
  });

  describe('topics', () => {
    test('are created once', async () => {
      const transport = await bench.open();
      const spec = { topic: `contract.${randomUUID()}`, partitions: 2, retention: RETENTION };
      expect(await transport.ensureTopic(spec)).toBe('created');
      expect(await transport.ensureTopic(spec)).toBe('exists');
      expect(await transport.positions(spec.topic, 'nobody')).toHaveLength(2);
    });

    test('tell their retention, whose clock they keep and a largest value near one mebibyte', async () => {
      const transport = await bench.open();
      const limits = await transport.limits(await bench.topic(transport));
      expect(limits).toMatchObject({ retention: RETENTION, clock: 'log' });
      expect(limits.largestValue).toBeGreaterThan(900 * 1024);
      expect(limits.largestValue).toBeLessThan(1024 * 1024);
    });

    test('send one key to one partition, and many keys to all of them', async () => {
      const [transport, other] = await Promise.all([bench.open(), bench.open()]);
      const topic = await bench.topic(transport, 4);
      const seen = new Set<number>();
      for (let n = 0; n < 100; n++) {
        const partition = await transport.partitionFor(topic, `peer-${n}`);
        expect(await other.partitionFor(topic, `peer-${n}`)).toBe(partition);
        seen.add(partition);
      }
      expect([...seen].sort()).toEqual([0, 1, 2, 3]);
    });

    test('that do not exist are not-found for every call', async () => {
      const transport = await bench.open();
      const topic = `contract.${randomUUID()}`;
      const missing = { code: 'not-found' };
      await expect(publishTexts(transport, topic, ['a'])).rejects.toMatchObject(missing);
      await expect(transport.positions(topic, 'group')).rejects.toMatchObject(missing);
      await expect(transport.limits(topic)).rejects.toMatchObject(missing);
      await expect(transport.partitionFor(topic, 'key')).rejects.toMatchObject(missing);
      await expect(bench.read(transport, { topic })).rejects.toMatchObject(missing);
    });
  });
}
