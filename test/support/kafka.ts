import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { startBroker } from '../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../src/sandbox/kafka/distribution.js';
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

/** The administrator of the shared secure broker. */
export const ADMIN = { name: 'admin', password: 'admin-secret' };

/** The ordinary users of the shared secure broker. */
export const USERS = ['acme', 'globex', 'stranger'].map((name) => ({
  name,
  password: `${name}-secret`,
}));

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
export function secureKafkaForTests(): Promise<TestBroker> {
  return shared('secure');
}

async function shared(kind: 'plain' | 'secure'): Promise<TestBroker> {
  const directory = join(inject('kafkaRun'), kind);
  const ready = join(inject('kafkaRun'), `${kind}.json`);
  if (claim(directory)) await start(kind, directory, ready);
  await until(`the shared ${kind} broker serves`, () => existsSync(ready), 120_000);
  return JSON.parse(readFileSync(ready, 'utf8')) as TestBroker;
}

async function start(kind: string, directory: string, ready: string): Promise<void> {
  const broker = await startBroker({
    directory,
    cacheDirectory: defaultCacheDirectory(),
    detached: true,
    settings: { 'log.retention.check.interval.ms': '500' },
    ...(kind === 'secure' ? { secure: { admin: ADMIN, users: USERS } } : {}),
  });
  writeFileSync(`${ready}.new`, JSON.stringify(broker));
  renameSync(`${ready}.new`, ready);
}

/** Whether this process is the first to want the directory. */
function claim(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
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
