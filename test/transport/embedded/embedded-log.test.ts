import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../../src/sqlite/connection.js';
import {
  type EmbeddedLogOptions,
  openEmbeddedLog,
} from '../../../src/transport/embedded/embedded-log.js';
import type { Transport } from '../../../src/transport/port.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';
import { ContractBench, onlyPosition, publishTexts } from '../contract/bench.js';

const DAY = 24 * 3600 * 1000;
const TOPIC = 'msg.in.acme';

interface Place {
  readonly path: string;
  readonly bench: ContractBench;
  readonly open: (over?: Partial<EmbeddedLogOptions>) => Transport;
}

function place(): Place {
  const path = join(temporaryDirectory(), 'log.db');
  const bench = new ContractBench();
  onTestFinished(() => bench.tidy());
  const open = (over: Partial<EmbeddedLogOptions> = {}): Transport => {
    const transport = openEmbeddedLog({ path, clock: Date.now, random: randomBytes, ...over });
    onTestFinished(() => transport.close());
    return transport;
  };
  return { path, bench, open };
}

test('nothing is opened or made before an inbox is', async () => {
  const { path, open } = place();
  const transport = open();
  await expect(publishTexts(transport, TOPIC, ['a'])).rejects.toMatchObject({
    code: 'not-found',
    message: `no log at ${path}`,
  });
  expect(existsSync(path)).toBe(false);
});

test('records past their retention go, and a reader behind is told of the gap', async () => {
  const { bench, open } = place();
  let now = 1_700_000_000_000;
  const transport = open({ clock: () => now });
  await transport.ensureTopic({ topic: TOPIC, partitions: 1, retention: 14 * DAY });
  await publishTexts(transport, TOPIC, ['0', '1']);
  await bench.drain(transport, TOPIC, 2);
  await publishTexts(transport, TOPIC, ['2', '3']);
  now += 10 * DAY;
  await publishTexts(transport, TOPIC, ['4']);
  expect(await onlyPosition(transport, TOPIC)).toMatchObject({ low: 0n, high: 5n });
  now += 5 * DAY;
  await publishTexts(transport, TOPIC, ['5']);
  expect(await onlyPosition(transport, TOPIC)).toMatchObject({ low: 4n, high: 6n });
  const reading = await bench.read(transport, { topic: TOPIC });
  expect(await reading.upTo(2)).toEqual(['4', '5']);
  expect(reading.notices).toMatchObject([{ kind: 'gap', from: 2n, to: 4n }]);
});

test('a topic of which retention took everything goes on with its offsets', async () => {
  const { bench, open } = place();
  let now = 1_700_000_000_000;
  const transport = open({ clock: () => now });
  await transport.ensureTopic({ topic: TOPIC, partitions: 1, retention: DAY });
  await publishTexts(transport, TOPIC, ['0', '1']);
  now += 2 * DAY;
  const reading = await bench.read(transport, { topic: TOPIC, start: { from: 'latest' } });
  await until('all is gone', async () => (await onlyPosition(transport, TOPIC)).low === 2n);
  await publishTexts(transport, TOPIC, ['2']);
  await reading.upTo(1);
  expect(reading.records[0]?.offset).toBe(2n);
});

test('a file that was replaced is not written to, and its readers end', async () => {
  const { path, bench, open } = place();
  const transport = open();
  await transport.ensureTopic({ topic: TOPIC, partitions: 1, retention: DAY });
  const reading = await bench.read(transport, { topic: TOPIC });
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  await open().ensureTopic({ topic: TOPIC, partitions: 1, retention: DAY });
  await expect(reading.subscription?.finished).rejects.toMatchObject({
    code: 'broker-unreachable',
  });
  await publishTexts(transport, TOPIC, ['new']);
  expect(await onlyPosition(open(), TOPIC)).toMatchObject({ high: 1n });
});

test('a lock held by another process is told, outlived, and given up on in time', async () => {
  const { path, bench, open } = place();
  const transport = open({ busyTimeout: 20, lease: 300 });
  await transport.ensureTopic({ topic: TOPIC, partitions: 1, retention: DAY });
  const patient = await bench.read(transport, { topic: TOPIC });
  await until('it has joined', () => patient.caughtUp > 0);
  const locked = new Connection({ path, what: 'the log', busy: 'broker-unreachable' });
  onTestFinished(() => {
    locked.close();
  });
  locked.exec('BEGIN IMMEDIATE');
  await until('the outage is told', () => patient.notices.length === 1);
  const failing = await bench.read(transport, { topic: TOPIC, giveUpAfter: 50 });
  await expect(failing.subscription?.finished).rejects.toMatchObject({
    code: 'broker-unreachable',
  });
  await expect(publishTexts(transport, TOPIC, ['a'])).rejects.toMatchObject({
    code: 'broker-unreachable',
  });
  locked.exec('ROLLBACK');
  await publishTexts(transport, TOPIC, ['b']);
  expect(await patient.upTo(1)).toEqual(['b']);
  await until('the end is told', () => patient.notices.length === 2);
  expect(patient.notices.map(({ kind }) => kind)).toEqual(['unreachable', 'reachable']);
});

test('a member whose lease was lost commits nothing more', async () => {
  const { bench, open } = place();
  let now = 1_700_000_000_000;
  const slow = open({ clock: () => now, lease: 100_000 });
  await slow.ensureTopic({ topic: TOPIC, partitions: 1, retention: DAY });
  await publishTexts(slow, TOPIC, ['a']);
  const calls: (() => void)[] = [];
  const first = await bench.read(slow, {
    topic: TOPIC,
    commitMetadata: 'first',
    onRecords: () => new Promise<void>((resolve) => calls.push(resolve)),
  });
  await until('the first is in its handler', () => calls.length === 1);
  now += 200_000;
  const second = await bench.read(open({ clock: () => now }), {
    topic: TOPIC,
    commitMetadata: 'second',
  });
  await second.upTo(1);
  calls[0]?.();
  await first.upTo(1);
  await until(
    'the second has committed',
    async () => (await onlyPosition(slow, TOPIC)).committed === 1n,
  );
  await first.stop();
  expect(await onlyPosition(slow, TOPIC)).toMatchObject({ metadata: 'second' });
});

test('access rules are refused in so many words: the file’s permissions rule', async () => {
  const transport = place().open();
  const rule = { topic: TOPIC, principal: 'User:acme', role: 'sender' } as const;
  for (const change of [transport.grant([rule]), transport.revoke([rule])]) {
    await expect(change).rejects.toMatchObject({ code: 'usage' });
  }
});
