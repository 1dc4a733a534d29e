import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isGone, processName } from '../../../src/session/process-name.js';
import { Connection } from '../../../src/sqlite/connection.js';
import { openEmbeddedLog } from '../../../src/transport/embedded/embedded-log.js';
import type { StoredRecord, Transport } from '../../../src/transport/port.js';
import { bundleProgram } from '../../support/bundle-program.js';
import { type Child, startChild } from '../../support/child.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const TOPIC = 'msg.in.acme';

async function logWithTopic(partitions = 1): Promise<{ path: string; transport: Transport }> {
  const path = join(temporaryDirectory(), 'log.db');
  const transport = openEmbeddedLog({ path, clock: Date.now, random: randomBytes });
  onTestFinished(() => transport.close());
  await transport.ensureTopic({ topic: TOPIC, partitions, retention: 86_400_000 });
  return { path, transport };
}

async function everything(transport: Transport): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let isCaughtUp = false;
  const subscription = await transport.subscribe({
    topic: TOPIC,
    group: 'reader',
    start: { from: 'earliest' },
    commitMetadata: '',
    giveUpAfter: 10_000,
    onRecords: (batch) => Promise.resolve(void records.push(...batch)),
    onNotice: () => undefined,
    onCaughtUp: () => (isCaughtUp = true),
  });
  await until('all has been read', () => isCaughtUp);
  await subscription.stop();
  return records;
}

/** Stops a process that has the log open, at a moment at which nobody has to wait for it. */
async function stopBetweenTransactions({ process }: Child, path: string): Promise<void> {
  const names = { what: 'the log', busy: 'ledger-busy' } as const;
  const beside = new Connection({ path, busyTimeout: 20, ...names });
  onTestFinished(() => {
    beside.close();
  });
  await until('it is stopped between transactions', () => {
    process.kill('SIGSTOP');
    try {
      return beside.transaction(() => true);
    } catch {
      process.kill('SIGCONT');
      return false;
    }
  });
}

function textOf(record: StoredRecord | undefined): string {
  return Buffer.from(record?.value ?? []).toString();
}

async function publish(transport: Transport, text: string): Promise<void> {
  await transport.publish(TOPIC, 0, [{ key: 'k', value: Buffer.from(text), headers: {} }]);
}

describe('an embedded log in several processes', { timeout: 60_000 }, async () => {
  const publisher = await bundleProgram('test/transport/embedded/programs/publisher.ts');
  const member = await bundleProgram('test/transport/embedded/programs/member.ts');

  test('loses no acknowledged record when publishers are killed, and has no gaps', async () => {
    const { path, transport } = await logWithTopic();
    const acknowledged: { offset: number; values: string[] }[] = [];
    for (let round = 0; round < 3; round++) {
      const children = ['a', 'b', 'c'].map((name) =>
        startChild(publisher, [path, TOPIC, `${name}${round}`]),
      );
      await Promise.all(
        children.map(async (child, index) => {
          await until('a publisher gets on', () => child.lines.length >= 10 + 7 * index);
          child.process.kill('SIGKILL');
          await child.ended;
        }),
      );
      for (const { lines } of children) {
        for (const line of lines) {
          const { offset, values } = JSON.parse(line) as { offset: string; values: string[] };
          acknowledged.push({ offset: Number(offset), values });
        }
      }
    }
    const records = await everything(transport);
    expect(records.map(({ offset }) => Number(offset))).toEqual([...records.keys()]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(3 * (10 + 17 + 24));
    for (const { offset, values } of acknowledged) {
      expect(values.map((_, index) => textOf(records[offset + index]))).toEqual(values);
    }
  });

  test('a member that is killed is followed by another when its lease has run out', async () => {
    const { path, transport } = await logWithTopic();
    const killed = startChild(member, [path, TOPIC, '1500']);
    await until('the first has joined', () => killed.lines.includes('caught up'));
    const waiting = startChild(member, [path, TOPIC, '1500']);
    await publish(transport, 'one');
    await until('the first reads', () => killed.lines.includes('one'));
    killed.process.kill('SIGKILL');
    await killed.ended;
    await publish(transport, 'two');
    await until('the second reads', () => waiting.lines.includes('two'));
    const read = (child: Child): string[] => child.lines.filter((line) => line !== 'caught up');
    expect(read(killed)).toEqual(['one']);
    // The first may have died between its handler and its commit.
    expect(read(waiting).filter((line) => line !== 'one')).toEqual(['two']);
  });

  test('a member whose process has ended is followed at once, however long its lease is', async () => {
    const { path } = await logWithTopic();
    const name = processName(randomBytes);
    const log = openEmbeddedLog({
      ...{ path, clock: Date.now, random: randomBytes, process: { name, isGone } },
    });
    const args = [path, TOPIC, String(24 * 3_600_000), 'named'];
    const killed = startChild(member, args);
    await until('the first has joined', () => killed.lines.includes('caught up'));
    const waiting = startChild(member, args);
    await publish(log, 'one');
    await until('the first reads', () => killed.lines.includes('one'));
    expect(await log.isBeingRead(TOPIC, 'group')).toBe(true);
    await stopBetweenTransactions(killed, path);
    await publish(log, 'two');
    expect(waiting.lines).not.toContain('two');
    killed.process.kill('SIGKILL');
    await killed.ended;
    await until('the second reads', () => waiting.lines.includes('two'));
    waiting.process.kill('SIGKILL');
    await waiting.ended;
    expect(await log.isBeingRead(TOPIC, 'group')).toBe(false);
    await log.close();
  });

  test('records of another process are noticed within a fraction of a second', async () => {
    const { path, transport } = await logWithTopic();
    const reader = startChild(member, [path, TOPIC, '10000']);
    await until('it has joined', () => reader.lines.includes('caught up'));
    const delays: number[] = [];
    for (let n = 0; n < 20; n++) {
      const began = performance.now();
      await publish(transport, `${n}`);
      await until('it is read', () => reader.lines.includes(`${n}`));
      delays.push(performance.now() - began);
    }
    const median = delays.sort((a, b) => a - b)[10] ?? Infinity;
    expect(median).toBeLessThan(500);
  });
});
