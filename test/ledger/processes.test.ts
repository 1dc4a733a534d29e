import { describe, expect, test } from 'vitest';
import { bundleProgram } from '../support/bundle-program.js';
import { startChild } from '../support/child.js';
import { until } from '../support/until.js';
import { ledgerBench } from './bench.js';
import { message, source, verified } from './records.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const STARVED = 60_000;

/** Reads a line that a program of these tests has printed. */
function parsed(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`unexpected line: ${line}`);
  return { ...value };
}

describe('a ledger in several processes', async () => {
  const receiver = await bundleProgram('test/ledger/programs/receiver.ts');
  const deliverer = await bundleProgram('test/ledger/programs/deliverer.ts');
  const opener = await bundleProgram('test/ledger/programs/opener.ts');

  test('is the same for all that start at once while nobody has made it yet', async () => {
    const directory = temporaryDirectory();
    const children = Array.from({ length: 4 }, () => startChild(opener, [directory, '40', '4']));
    for (const { ended, complaints } of children) {
      expect([await ended, complaints()]).toEqual([0, '']);
    }
    const ids = children.map(({ lines }) => lines);
    expect(new Set(ids[0]).size).toBe(40);
    expect(ids).toEqual(children.map(() => ids[0]));
  }, 60_000);

  test(
    'loses nothing it has acknowledged when they are killed',
    { timeout: 3 * STARVED },
    async () => {
      const bench = ledgerBench();
      const acknowledged: Record<string, unknown>[] = [];
      for (let round = 0; round < 4; round++) {
        const children = ['0', '1'].map((partition) =>
          startChild(receiver, [bench.path, partition]),
        );
        await Promise.all(
          children.map(async (child) => {
            await until(
              `a receiver gets on ${child.complaints()}`,
              () => child.lines.length >= 20 + round * 7,
              // SQLite's lock is not fair: on a busy disk one of them may hold back the other for long.
              STARVED,
            );
            child.process.kill('SIGKILL');
            await child.ended;
          }),
        );
        // The last line may be cut; whatever is whole was durable before it was printed.
        for (const child of children) acknowledged.push(...child.lines.map(parsed));
      }
      const ledger = bench.open();
      const rows = await ledger.history.list({});
      const ids = new Set(rows.map((row) => String(row.id)));
      const lost = acknowledged.filter(
        (one) => !ids.has(String(one['in'])) || !ids.has(String(one['out'])),
      );
      expect(acknowledged.length).toBeGreaterThan(200);
      expect(lost).toEqual([]);
      for (const partition of [0, 1]) {
        const offsets = rows
          .filter((row) => row.direction === 'in')
          .filter((row) => row.source.partition === partition)
          .map((row) => Number(row.source.offset));
        expect(offsets).toEqual([...offsets.keys()]);
        expect(await ledger.inbox.position(source(0, { partition }))).toBe(BigInt(offsets.length));
      }
    },
  );

  test(
    'never lets two of them deliver from one sender at a time',
    { timeout: 60_000 },
    async () => {
      const bench = ledgerBench();
      const ledger = bench.open();
      const senders = ['one', 'two', 'three'].map(parsePeerName);
      const messages = Array.from({ length: 150 }, (_, n) =>
        verified(
          message({ sender: senders[n % 3] ?? parsePeerName('one'), content: `${n}`, offset: n }),
        ),
      );
      const children = ['a', 'b', 'c'].map((owner) => startChild(deliverer, [bench.path, owner]));
      await until(
        'all of them wait',
        () => children.every(({ lines }) => lines.length > 0),
        50_000,
      );
      await ledger.inbox.receive(messages, undefined);
      await Promise.all(
        children.map(async (child) => {
          expect(await child.ended, child.complaints()).toBe(0);
        }),
      );
      const events = children.flatMap((child) => child.lines.slice(1).map(parsed));
      expect(events).toHaveLength(300);
      expect(children.filter((child) => child.lines.length > 1).length).toBeGreaterThan(1);
      const inTime = events.sort((a, b) =>
        Number(BigInt(String(a['at'])) - BigInt(String(b['at']))),
      );
      for (const sender of senders) {
        const own = inTime.filter((event) => event['sender'] === sender);
        // Each delivery ends before the next of its sender begins, and the numbers only rise.
        const story = own.map((event) => `${String(event['event'])} ${String(event['number'])}`);
        const numbers = [...new Set(own.map((event) => Number(event['number'])))];
        const expected = numbers
          .sort((a, b) => a - b)
          .flatMap((number) => [`begin ${number}`, `end ${number}`]);
        expect(story).toEqual(expected);
      }
    },
  );
});
