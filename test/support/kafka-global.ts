import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startBroker, type Broker } from '../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../src/sandbox/kafka/distribution.js';
import { extraListeners } from './kafka-listeners.js';
import { ADMIN, USERS } from './kafka-users.js';

/** The brokers that the suites of a run share. */
export type BrokerKind = 'plain' | 'secure';

const KINDS: readonly BrokerKind[] = ['plain', 'secure'];
const POLL_INTERVAL = 50;

/**
 * Starts the shared brokers when a suite asks for one, and stops them at the end of the run. They
 * belong to this process, so that they end with it, however it ends; a suite's own process is gone
 * before the next suite needs the broker.
 */
export default function provideKafka(project: TestProject): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'msg-kafka-'));
  project.provide('kafkaRun', directory);
  const started = new Map<BrokerKind, Promise<Broker | undefined>>();
  const timer = setInterval(() => {
    for (const kind of KINDS) {
      if (started.has(kind) || !existsSync(join(directory, `${kind}.wanted`))) continue;
      started.set(kind, start(directory, kind));
    }
  }, POLL_INTERVAL);
  timer.unref();
  return async () => {
    clearInterval(timer);
    const brokers = await Promise.all(started.values());
    for (const broker of brokers) await broker?.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

async function start(directory: string, kind: BrokerKind): Promise<Broker | undefined> {
  const answer = join(directory, `${kind}.json`);
  try {
    const extra = kind === 'secure' ? await extraListeners(join(directory, 'extra')) : undefined;
    const broker = await startBroker({
      directory: join(directory, kind),
      cacheDirectory: defaultCacheDirectory(),
      ...(extra === undefined
        ? {}
        : { secure: { admin: ADMIN, users: USERS }, extraListeners: extra.listeners }),
    });
    publish(answer, { ...broker, ...extra });
    return broker;
  } catch (error) {
    publish(answer, { error: String(error) });
    return undefined;
  }
}

/** Writes an answer that no reader can see half of. */
function publish(file: string, answer: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(answer));
  renameSync(`${file}.new`, file);
}
