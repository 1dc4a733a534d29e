/**
 * What sending and receiving a large payload costs, beside kafkajs doing the same records, and beside
 * `openssl cms` and `kcat` in pipes: each a process of its own, on one real broker, in turn.
 * `--size 1GiB`, `--rounds 3`.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseByteSize } from '../src/domain/byte-size.js';
import type { Measured } from './measured.js';
import { openPipes } from './openssl-pipes.js';
import { printReport } from './report.js';
import { makeRandomFile, openStage, type Stage } from './stage.js';

const CHUNK = 900 * 1024;
const OVERHEAD = 188;
const MIB = 1024 * 1024;

const size = parseByteSize(option('--size', '1GiB'));
const rounds = Number(option('--rounds', '3'));
const stage = openStage();
try {
  await measure(stage);
} finally {
  stage.close();
}

async function measure(on: Stage): Promise<void> {
  const { files, bootstrap } = on;
  const file = join(files, 'payload');
  makeRandomFile(file, size);
  const wanted = await sha256(file);
  const pipes = await openPipes(files, bootstrap);
  const out = join(files, 'out');
  const samples = new Map<string, Measured[]>();
  const run = async (name: string, work: () => Promise<Measured>): Promise<void> => {
    const sample = await work();
    samples.set(name, [...(samples.get(name) ?? []), sample]);
    process.stderr.write(`${name}: ${sample.seconds.toFixed(2)} s, ${mib(sample.peak)} MiB\n`);
  };
  for (let round = 0; round < rounds; round++) {
    const topic = `raw.${round}`;
    await newTopic(bootstrap, topic);
    await run('msg send', () => on.msg('alice', ['send', 'bob', file, '--book-max-age', '1h']));
    await run('kafkajs send', () =>
      on.program('raw-send', [bootstrap, topic, file, String(CHUNK), String(OVERHEAD)]),
    );
    await run('openssl | kcat', () => pipes.send(file));
    rmSync(out, { recursive: true, force: true });
    await run('msg listen', () => on.msg('bob', ['listen', '-n', '1', '--out', out]));
    const [name = ''] = readdirSync(out);
    if ((await sha256(join(out, name))) !== wanted)
      throw new Error('what came is not what was sent');
    const raw = join(files, 'raw');
    const count = String(Math.ceil(size / CHUNK));
    await run('kafkajs receive', () => on.program('raw-receive', [bootstrap, topic, raw, count]));
    await run('kcat | openssl', () => pipes.receive(join(files, 'opened')));
    if ((await sha256(join(files, 'opened'))) !== wanted)
      throw new Error('the pipe lost something');
  }
  report(samples);
}

function report(samples: ReadonlyMap<string, readonly Measured[]>): void {
  const seconds = (name: string): number => median((samples.get(name) ?? []).map((s) => s.seconds));
  const peak = (name: string): number => Math.max(...(samples.get(name) ?? []).map((s) => s.peak));
  const rate = (name: string): number => size / MIB / seconds(name);
  const names = [...samples.keys()];
  const rows = names.map((name) => [
    name,
    seconds(name).toFixed(2),
    rate(name).toFixed(0),
    mib(peak(name)),
  ]);
  const sending = rate('msg send') / rate('kafkajs send');
  const receiving = rate('msg listen') / rate('kafkajs receive');
  const pipes =
    (seconds('openssl | kcat') + seconds('kcat | openssl')) /
    (seconds('msg send') + seconds('msg listen'));
  printReport(
    [
      [`${mib(size)} MiB`, 's', 'MiB/s', 'peak MiB'],
      ...rows,
      ['sending, of raw kafkajs', sending.toFixed(2), '', ''],
      ['receiving, of raw kafkajs', receiving.toFixed(2), '', ''],
      ['both, times as fast as the pipes', pipes.toFixed(2), '', ''],
    ],
    {
      name: 'large',
      figures: {
        ...Object.fromEntries(names.map((name) => [`${name} MiB/s`, rounded(rate(name))])),
        ...Object.fromEntries(names.map((name) => [`${name} peak MiB`, rounded(peak(name) / MIB)])),
        'sending ratio': rounded(sending),
        'receiving ratio': rounded(receiving),
        'times as fast as the pipes': rounded(pipes),
      },
      comparedWith: 'kafkajs sending the same records, one after another',
      ratio: rounded(sending),
    },
  );
}

async function newTopic(bootstrap: string, topic: string): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MIB }), hash);
  return hash.digest('hex');
}

function option(name: string, preset: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? preset : (process.argv[at + 1] ?? preset);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
