import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { defaultCacheDirectory } from '../../src/sandbox/kafka/distribution.js';
export { ADMIN, USERS } from './kafka-users.js';
import type { BrokerKind } from './kafka-global.js';
import type { ExtraListeners } from './kafka-listeners.js';
import { until } from './until.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A directory for this run's brokers; `kafka-global.ts` removes it and stops them. */
    readonly kafkaRun: string;
  }
}

/** A broker that all suites of a run share. */
export interface TestBroker {
  readonly bootstrap: string;
  readonly url: string;
  readonly pid: number;
  readonly caCertificatePem?: string | undefined;
}

/** The shared broker with TLS, logins and ACLs, and its further listeners. */
export type SecureTestBroker = TestBroker & ExtraListeners;

/**
 * Whether Java and Maven are there. Suites use it with `describe.runIf`; with `CI=true` the answer
 * is always yes, so that a missing tool is a failure.
 */
export const hasKafka = process.env['CI'] === 'true' || canRun();

/** The run's plain broker, started by whoever asks first. */
export function kafkaForTests(): Promise<TestBroker> {
  return shared('plain');
}

/** The run's broker with TLS, SCRAM and ACLs, started by whoever asks first. */
export function secureKafkaForTests(): Promise<SecureTestBroker> {
  return shared<SecureTestBroker>('secure');
}

/** Asks for a broker; the run's main process starts it once and answers with a file. */
async function shared<T extends TestBroker>(kind: BrokerKind): Promise<T> {
  const answer = join(inject('kafkaRun'), `${kind}.json`);
  writeFileSync(join(inject('kafkaRun'), `${kind}.wanted`), '');
  await until(`the shared ${kind} broker serves`, () => existsSync(answer), 120_000);
  const broker = JSON.parse(readFileSync(answer, 'utf8')) as T | { error: string };
  if ('error' in broker) throw new Error(broker.error);
  return broker;
}

function canRun(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    if (!existsSync(join(defaultCacheDirectory(), 'libs'))) {
      execFileSync('mvn', ['-v'], { stdio: 'ignore' });
    }
    return true;
  } catch {
    process.stderr.write('skipping the Kafka suites: java or mvn is missing\n');
    return false;
  }
}
