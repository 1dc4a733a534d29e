/**
 * What the transport costs beside raw kafkajs: the same records to and from one Apache Kafka broker, by
 * two processes that take turns. Rates are compared as ours over theirs, times as theirs under ours.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../src/sandbox/kafka/distribution.js';
import { CLIENTS, startContestants, type KafkaContestant } from './kafka-contestants.js';
import type { KafkaTask } from './programs/kafka-tasks.js';
import { printReport } from './report.js';

const ROUNDS = 5;
const LARGE = 900 * 1024;
const SMALL = 1024;

interface Discipline {
  readonly name: string;
  readonly unit: 'MB/s' | 'msg/s' | 'ms p50';
  readonly task: Omit<KafkaTask, 'topic'>;
}

const DISCIPLINES: readonly Discipline[] = [
  {
    name: 'publish 900 KiB records',
    unit: 'MB/s',
    task: { kind: 'publish', records: 60, size: LARGE, together: 1 },
  },
  {
    name: 'consume 900 KiB records',
    unit: 'MB/s',
    task: { kind: 'consume', records: 120, size: LARGE, together: 1 },
  },
  {
    name: 'publish 1 KiB, 500 together',
    unit: 'msg/s',
    task: { kind: 'publish', records: 10_000, size: SMALL, together: 500 },
  },
  {
    name: 'publish 1 KiB one by one',
    unit: 'msg/s',
    task: { kind: 'publish', records: 300, size: SMALL, together: 1 },
  },
  {
    name: 'consume 1 KiB records',
    unit: 'msg/s',
    task: { kind: 'consume', records: 30_000, size: SMALL, together: 1 },
  },
  {
    name: 'publish to read, 1 KiB',
    unit: 'ms p50',
    task: { kind: 'latency', records: 100, size: SMALL, together: 1 },
  },
];

const directory = mkdtempSync(join(tmpdir(), 'msg-bench-'));
const broker = await startBroker({ directory, cacheDirectory: defaultCacheDirectory() });
const contestants = await startContestants(CLIENTS, broker.bootstrap);
try {
  report(await measure(contestants));
} finally {
  for (const contestant of contestants) contestant.stop();
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function measure(
  all: readonly KafkaContestant[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const results = new Map<string, number[]>();
  for (const discipline of DISCIPLINES) {
    const prepared = await prepare(discipline);
    for (let round = -1; round < ROUNDS; round++) {
      // Whoever begins finds the caches colder: they take turns in that too.
      const order = round % 2 === 0 ? all : [...all].reverse();
      for (const contestant of order) {
        const topic = prepared ?? (await newTopic());
        const answer = await contestant.run({ ...discipline.task, topic });
        if (round < 0) continue;
        const key = `${discipline.name} ${contestant.name}`;
        results.set(key, [...(results.get(key) ?? []), scoreOf(discipline, answer)]);
      }
    }
  }
  return results;
}

/** What is to be consumed lies there before; everybody publishes to a topic of its own. */
async function prepare({ task }: Discipline): Promise<string | undefined> {
  if (task.kind !== 'consume') return undefined;
  const topic = await newTopic();
  const together = task.size > SMALL ? 1 : 500;
  await contestants[0]?.run({ ...task, kind: 'publish', together, topic });
  return topic;
}

let topics = 0;

async function newTopic(): Promise<string> {
  const topic = `bench.${topics++}`;
  await contestants[0]?.run({ kind: 'create', topic, records: 0, size: 0, together: 0 });
  return topic;
}

function scoreOf({ unit, task }: Discipline, answer: readonly number[]): number {
  if (unit === 'ms p50') return median(answer);
  const seconds = (answer[0] ?? Number.NaN) / 1000;
  return unit === 'MB/s' ? (task.records * task.size) / 1e6 / seconds : task.records / seconds;
}

function report(results: ReadonlyMap<string, readonly number[]>): void {
  const of = (name: string, who: string): number => median(results.get(`${name} ${who}`) ?? []);
  const ratio = (name: string): number => of(name, 'msg') / of(name, 'kafkajs');
  const digits = (unit: Discipline['unit']): number => (unit === 'msg/s' ? 0 : 1);
  printReport(
    [
      ['', 'msg', 'kafkajs', 'unit', 'ratio'],
      ...DISCIPLINES.map(({ name, unit }) => [
        name,
        of(name, 'msg').toFixed(digits(unit)),
        of(name, 'kafkajs').toFixed(digits(unit)),
        unit,
        ratio(name).toFixed(2),
      ]),
    ],
    {
      name: 'transport',
      figures: Object.fromEntries(
        DISCIPLINES.flatMap(({ name, unit }) => [
          [`${name}, msg, ${unit}`, Number(of(name, 'msg').toFixed(2))],
          [`${name}, kafkajs, ${unit}`, Number(of(name, 'kafkajs').toFixed(2))],
          [`${name}, ratio`, Number(ratio(name).toFixed(3))],
        ]),
      ),
      comparedWith: 'kafkajs publishing the same 900 KiB records',
      ratio: Number(ratio('publish 900 KiB records').toFixed(3)),
    },
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
