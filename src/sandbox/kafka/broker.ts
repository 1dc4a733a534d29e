import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { MsgError } from '../../errors.js';
import { makeDirectory } from '../../files/make-directory.js';
import { startProcess, stopChild, stopProcess, type StartedProcess } from '../process.js';
import { fetchKafka } from './distribution.js';
import { prepareNode, type NodeFiles } from './node-files.js';
import type { BrokerOptions } from './options.js';

const PATIENCE = 15_000;
const START_DEADLINE = 90_000;
const POLL_INTERVAL = 50;

/** A broker that serves. */
export interface Broker {
  /** `host:port`. */
  readonly bootstrap: string;
  /** `kafka://host:port`, or `kafkas://host:port` when secure. */
  readonly url: string;
  readonly pid: number;
  /** The certificate that clients of a secure broker have to trust. */
  readonly caCertificatePem: string | undefined;
  /** Lets it go on after this process; {@link stopBroker} ends it then. */
  release(): void;
  /** Stops it and waits until it is gone; its data stays. */
  stop(): Promise<void>;
}

/**
 * Starts a single Apache Kafka broker (KRaft) on 127.0.0.1 and resolves when it serves. Users are
 * created when the directory is new; later starts find them there.
 *
 * @throws MsgError `missing-tool` without Java or Maven, `config` when a port is taken,
 *   `broker-unreachable` when the broker ends or does not serve within 90 s.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const classPath = await fetchKafka(options.cacheDirectory);
  makeDirectory(options.directory);
  const files = await prepareNode(options, classPath);
  await rm(files.log, { force: true });
  const started = startProcess({
    command: 'java',
    args: [...JVM_FLAGS, '-cp', classPath, 'kafka.Kafka', files.properties],
    logFile: files.log,
  });
  await untilServing(started.child, files.log);
  return describeBroker(started, files);
}

/** Stops a broker that an earlier process left running, by its process id. */
export async function stopBroker(pid: number): Promise<void> {
  await stopProcess(pid, PATIENCE);
}

const JVM_FLAGS = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

async function untilServing(child: ChildProcess, log: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE;
  while (!(await logOf(log)).includes('Kafka Server started')) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await stopChild(child, 0);
      throw new MsgError(
        'broker-unreachable',
        `the broker did not start: ${lastError(await logOf(log))}`,
        {
          hint: `see ${log}`,
        },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
}

async function logOf(file: string): Promise<string> {
  return existsSync(file) ? readFile(file, 'utf8') : '';
}

function lastError(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return (
    lines.findLast((line) => /ERROR|Exception|Error:/.test(line)) ?? lines.at(-1) ?? 'no output'
  );
}

async function describeBroker(
  { child, release }: StartedProcess,
  files: NodeFiles,
): Promise<Broker> {
  const { pid } = child;
  if (pid === undefined) throw new MsgError('broker-unreachable', 'the broker has no process id');
  const bootstrap = `127.0.0.1:${files.ports.client}`;
  return {
    bootstrap,
    url: `${files.isSecure ? 'kafkas' : 'kafka'}://${bootstrap}`,
    pid,
    caCertificatePem: files.isSecure ? await readFile(files.stores.trustStore, 'utf8') : undefined,
    release,
    stop: () => stopChild(child, PATIENCE),
  };
}
