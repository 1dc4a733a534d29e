/**
 * What a fresh process costs: `msg --version` and `msg send` of 1 KB to a cached peer over a real
 * Apache Kafka broker, each beside `node -e 0`, in rounds; and what unlocking a default-created key adds.
 *
 * Where NODE_EXTRA_CA_CERTS is set Node reads certificates before it does anything, which can take longer
 * than the rest of its start: then everything is measured without the variable too.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { readKeyFile, writeKeyFile } from '../src/identity/key-file.js';
import { generateKey } from '../src/identity/software-key.js';
import { printReport } from './report.js';
import { bootstrapIn } from './stage.js';

const ROUNDS = 41;

/** What raw kafkajs sends first, each over a connection of its own. */
const WARM_UP = 1_000;
const WITHOUT = ', no extra certificates';
const PROGRAM = resolve('bin/msg.js');
const home = mkdtempSync(join(tmpdir(), 'msg-bench-'));
const env: NodeJS.ProcessEnv = { ...process.env, MSG_HOME: home };

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

try {
  must(['sandbox', 'up', '--kafka']);
  await measure();
} finally {
  spawnSync(process.execPath, [PROGRAM, 'sandbox', 'down'], { env });
  rmSync(home, { recursive: true, force: true });
}

interface Contestant {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

async function measure(): Promise<void> {
  const payload = join(home, 'payload');
  writeFileSync(payload, randomBytes(1024));
  const send = [PROGRAM, '-p', 'alice', 'send', 'bob', payload, '--book-max-age', '1h'];
  must(send.slice(1));
  await warmUp(bootstrapIn(home));
  const contestants = [
    { name: 'node -e 0', args: ['-e', '0'], env },
    { name: 'msg --version', args: [PROGRAM, '--version'], env },
    { name: 'msg send', args: send, env },
  ];
  const { NODE_EXTRA_CA_CERTS: extra, ...bare } = env;
  const all = [
    contestants,
    ...(extra === undefined ? [] : [contestants.map(without(bare))]),
  ].flat();
  const samples = new Map(all.map(({ name }) => [name, [] as Sample[]]));
  for (let round = -3; round < ROUNDS; round++) {
    for (const contestant of inAnyOrder(all)) {
      const sample = timed(contestant);
      if (round >= 0) samples.get(contestant.name)?.push(sample);
    }
  }
  report(samples, await unlockTime());
}

/**
 * A broker that has just started is slow until it has compiled what it does again and again, and takes a
 * processor for that. Nobody's broker has just started, and its start is not what is measured here.
 */
async function warmUp(bootstrap: string): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.createTopics({ topics: [{ topic: 'warm-up', numPartitions: 1 }] });
  await admin.disconnect();
  for (let count = 0; count < WARM_UP; count++) {
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    await producer.send({ topic: 'warm-up', messages: [{ value: randomBytes(1024) }] });
    await producer.disconnect();
  }
}

/** Whom one follows decides what it finds in the processor's caches, so that nobody follows one always. */
function inAnyOrder<T>(all: readonly T[]): readonly T[] {
  return all
    .map((one) => ({ one, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

function without(bare: NodeJS.ProcessEnv) {
  return ({ name, args }: Contestant): Contestant => ({ name: name + WITHOUT, args, env: bare });
}

/** Runs a process under the shell's own clock: milliseconds of wall and of processor time. */
function timed({ args, env }: Contestant): Sample {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';
  const run = spawnSync('bash', ['-c', script, 'bench', process.execPath, ...args], {
    ...{ env: { ...env, LC_ALL: 'C' }, encoding: 'utf8' },
  });
  const match = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(run.stderr);
  if (run.status !== 0 || match === null) throw new Error(`a run failed: ${run.stderr}`);
  const [wall = 0, user = 0, system = 0] = match.slice(1).map((text) => Number(text) * 1000);
  return { wall, cpu: user + system };
}

/** Milliseconds to unlock a key file as `msg identity create` writes it, the median of five. */
async function unlockTime(): Promise<number> {
  const path = join(home, 'key.pem');
  const passphrase = 'correct horse battery staple';
  await writeKeyFile(path, generateKey('p256'), { passphrase, random: randomBytes });
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    await readKeyFile(path, () => Promise.resolve(passphrase));
    times.push(performance.now() - begun);
  }
  return median(times);
}

function report(samples: ReadonlyMap<string, readonly Sample[]>, unlock: number): void {
  const of = (name: string, field: keyof Sample): number =>
    median((samples.get(name) ?? []).map((sample) => sample[field]));
  const ofNode = (name: string, field: keyof Sample): number =>
    of(name, field) / of(name.endsWith(WITHOUT) ? `node -e 0${WITHOUT}` : 'node -e 0', field);
  const rows = [...samples.keys()].map((name) => [
    name,
    of(name, 'wall').toFixed(0),
    ofNode(name, 'wall').toFixed(2),
    of(name, 'cpu').toFixed(0),
    ofNode(name, 'cpu').toFixed(2),
  ]);
  const unlocking = ['unlocking a default key (scrypt)', unlock.toFixed(0), '', '', ''];
  const bare = samples.has(`msg send${WITHOUT}`) ? WITHOUT : '';
  printReport([['', 'wall ms', 'of node', 'cpu ms', 'of node'], ...rows, unlocking], {
    name: 'cold-start',
    figures: {
      nodeWallMs: of('node -e 0', 'wall'),
      nodeCpuMs: of('node -e 0', 'cpu'),
      versionCpuMs: of('msg --version', 'cpu'),
      versionCpuRatio: ofNode('msg --version', 'cpu'),
      sendWallMs: of('msg send', 'wall'),
      sendWallRatio: ofNode('msg send', 'wall'),
      bareNodeWallMs: of(`node -e 0${bare}`, 'wall'),
      bareSendWallMs: of(`msg send${bare}`, 'wall'),
      bareSendWallRatio: ofNode(`msg send${bare}`, 'wall'),
      unlockMs: unlock,
    },
    comparedWith: 'node -e 0',
    ratio: ofNode('msg send', 'wall'),
  });
}

function must(args: readonly string[]): void {
  const run = spawnSync(process.execPath, [PROGRAM, ...args], { env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`msg ${args.join(' ')}: ${run.stderr}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
