/**
 * A message's way from `send` to the recipient's handler, beside a record's from kafkajs' producer to its
 * consumer; and what a listener takes of a core while nothing comes, beside an idle kafkajs consumer. One
 * real broker. `--idle 60` seconds.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startContestants } from './kafka-contestants.js';
import { printReport } from './report.js';
import { openStage, type Stage } from './stage.js';

const ROUNDS = 5;
const MESSAGES = 60;
const WARM_UP = 10;
/** A consumer's group takes its time to form. */
const JOINS = 4_000;
const PROGRAMS = [
  { name: 'msg', file: 'our-peers' },
  { name: 'kafkajs', file: 'raw-kafka' },
];
/** What Linux counts a process's time in: hundredths of a second (proc(5), sysconf `_SC_CLK_TCK`). */
const TICK = 0.01;
/** A listener joins its group, looks at the chain and compiles its code before it is idle. */
const SETTLES = 15_000;
const LISTEN = ['--profile', 'bob', 'listen', '--quiet', '--out'];

const idleFor = Number(option('--idle', '60'));
const stage = openStage();
try {
  const latency = await measureLatency(stage);
  const idle = await measureIdle(stage);
  report(latency, idle);
} finally {
  stage.close();
}

type Figures = ReadonlyMap<string, number>;

/** Milliseconds, the median over all rounds, in which the contestants take turns. */
async function measureLatency({ bootstrap, files }: Stage): Promise<Figures> {
  const [senders, receivers] = await Promise.all([
    startContestants(PROGRAMS, bootstrap, [files]),
    startContestants(PROGRAMS, bootstrap, [files]),
  ]);
  const samples = new Map<string, number[]>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, sender] of senders.entries()) {
        const receiver = receivers[index] ?? sender;
        const task = { topic: `latency.${round}`, records: MESSAGES, size: 1024, together: 1 };
        await sender.run({ ...task, kind: 'create' });
        const receiving = receiver.run({ ...task, kind: 'consume-stamped' });
        await pause(JOINS);
        await sender.run({ ...task, kind: 'publish-stamped' });
        const times = (await receiving).slice(WARM_UP);
        samples.set(sender.name, [...(samples.get(sender.name) ?? []), ...times]);
      }
    }
  } finally {
    for (const contestant of [...senders, ...receivers]) contestant.stop();
  }
  return new Map([...samples].map(([name, times]) => [name, median(times)]));
}

/** Percent of a core, of processes that wait side by side. */
async function measureIdle({ bootstrap, files }: Stage): Promise<Figures> {
  const [raw] = await startContestants([{ name: 'kafkajs', file: 'raw-kafka' }], bootstrap);
  const listener = spawn(process.execPath, [resolve('bin/msg.js'), ...LISTEN, join(files, 'out')], {
    env: { ...process.env, MSG_HOME: files },
    stdio: 'ignore',
  });
  try {
    await raw?.run({ kind: 'create', topic: 'idle', records: 0, size: 0, together: 0 });
    const waiting = raw?.run({ kind: 'consume', topic: 'idle', records: 1, size: 0, together: 1 });
    waiting?.catch(() => undefined);
    await pause(SETTLES);
    const pids: [string, number][] = [
      ['msg', pidOf(listener)],
      ['kafkajs', raw?.pid ?? 0],
    ];
    const before = pids.map(([, pid]) => secondsOf(pid));
    await pause(idleFor * 1000);
    return new Map(
      pids.map(([name, pid], index) => [
        name,
        (100 * (secondsOf(pid) - (before[index] ?? 0))) / idleFor,
      ]),
    );
  } finally {
    listener.kill('SIGKILL');
    raw?.stop();
  }
}

function pidOf({ pid, exitCode }: ChildProcess): number {
  if (pid === undefined || exitCode !== null) throw new Error('the listener has ended');
  return pid;
}

/** What a process has had of the processor, by itself and in the kernel: proc(5), fields 14 and 15. */
function secondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

function report(latency: Figures, idle: Figures): void {
  const of = (figures: Figures, name: string): number => figures.get(name) ?? Number.NaN;
  const ratio = of(latency, 'msg') / of(latency, 'kafkajs');
  printReport(
    [
      ['', 'msg', 'kafkajs', 'unit', 'ratio'],
      [
        'send to handler, 1 KiB',
        ...['msg', 'kafkajs'].map((name) => of(latency, name).toFixed(1)),
        ...['ms p50', ratio.toFixed(2)],
      ],
      ['idle', ...['msg', 'kafkajs'].map((name) => of(idle, name).toFixed(2)), '% of a core', ''],
    ],
    {
      name: 'delivery',
      figures: {
        'send to handler, msg, ms p50': Number(of(latency, 'msg').toFixed(2)),
        'send to handler, kafkajs, ms p50': Number(of(latency, 'kafkajs').toFixed(2)),
        'idle listener, % of a core': Number(of(idle, 'msg').toFixed(2)),
        'idle kafkajs consumer, % of a core': Number(of(idle, 'kafkajs').toFixed(2)),
      },
      comparedWith: 'a record of the same size from producer to consumer of kafkajs',
      ratio: Number(ratio.toFixed(2)),
    },
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function option(name: string, preset: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? preset : (process.argv[at + 1] ?? preset);
}
