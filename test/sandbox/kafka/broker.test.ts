import { connect } from 'node:net';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBroker, stopBroker } from '../../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory, fetchKafka } from '../../../src/sandbox/kafka/distribution.js';
import { isRunning } from '../../../src/sandbox/process.js';
import { hasKafka } from '../../support/kafka.js';

const cacheDirectory = defaultCacheDirectory();

describe.runIf(hasKafka)('a broker of the sandbox', { timeout: 90_000 }, () => {
  let directory: string;
  const pids: number[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msg-broker-'));
  });
  afterEach(async () => {
    await Promise.all(pids.splice(0).map((pid) => stopBroker(pid)));
    await rm(directory, { recursive: true, force: true });
  });

  async function start(options: Partial<Parameters<typeof startBroker>[0]> = {}) {
    const broker = await startBroker({ directory, cacheDirectory, ...options });
    pids.push(broker.pid);
    return broker;
  }

  test('serves on its port once it has started, and is gone once it has stopped', async () => {
    const broker = await start();
    const socket = connect(Number(broker.bootstrap.split(':')[1]), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    expect(broker.url).toBe(`kafka://${broker.bootstrap}`);
    await broker.stop();
    expect(isRunning(broker.pid)).toBe(false);
  });

  test('keeps its address and its cluster when it is started again', async () => {
    const first = await start();
    await first.stop();
    const second = await start();
    expect(second.bootstrap).toBe(first.bootstrap);
    expect(second.pid).not.toBe(first.pid);
  });

  test('is stopped by its process id when it was released', async () => {
    const broker = await start();
    const { pid } = broker;
    broker.release();
    expect(isRunning(pid)).toBe(true);
    await stopBroker(pid);
    expect(isRunning(pid)).toBe(false);
  });

  test('says which port is taken', async () => {
    const { bootstrap } = await start();
    const port = Number(bootstrap.split(':')[1]);
    const second = startBroker({ directory: join(directory, 'second'), cacheDirectory, port });
    await expect(second).rejects.toMatchObject({ code: 'config' });
    await expect(second).rejects.toThrow(`127.0.0.1:${port}`);
  });

  test('shows the complaint of the tool that makes its storage', async () => {
    const failing = startBroker({ directory, cacheDirectory, settings: { 'node.id': 'x' } });
    await expect(failing).rejects.toThrow(/could not be formatted: .*Invalid value x/);
  });

  test('shows the broker’s own complaint when it does not start', async () => {
    const settings = { 'log.segment.bytes': 'many' };
    const failing = startBroker({ directory, cacheDirectory, settings });
    await expect(failing).rejects.toMatchObject({ code: 'broker-unreachable' });
  });
});

describe.runIf(hasKafka)('the broker’s jars', { timeout: 300_000 }, () => {
  test('are fetched once by two that ask at the same time', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'msg-jars-'));
    try {
      const [one, two] = await Promise.all([fetchKafka(cache), fetchKafka(cache)]);
      expect(one).toBe(two);
      expect(existsSync(join(cache, 'libs'))).toBe(true);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });

  test('need Java and say so', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = directoryWithoutTools;
    try {
      await expect(fetchKafka(cacheDirectory)).rejects.toMatchObject({
        code: 'missing-tool',
        hint: expect.stringContaining('Java') as unknown,
      });
    } finally {
      process.env['PATH'] = path;
    }
  });
});

const directoryWithoutTools = join(tmpdir(), 'no-tools-here');
