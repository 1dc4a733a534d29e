import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { stopBroker } from '../../src/sandbox/kafka/broker.js';

/** Gives the suites a place for their shared brokers, and stops these at the end of the run. */
export default function provideKafka(project: TestProject): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'msg-kafka-'));
  project.provide('kafkaRun', directory);
  return async () => {
    const states = readdirSync(directory).filter((name) => name.endsWith('.json'));
    await Promise.all(states.map((name) => stopBroker(pidIn(join(directory, name)))));
    rmSync(directory, { recursive: true, force: true });
  };
}

function pidIn(file: string): number {
  const state: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (typeof state === 'object' && state !== null && 'pid' in state) return Number(state.pid);
  throw new Error(`no process id in ${file}`);
}
