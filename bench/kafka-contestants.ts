import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { KafkaAnswer, KafkaTask } from './programs/kafka-tasks.js';

/** A Kafka client in a process of its own, since msg changes kafkajs in its own process. */
export interface KafkaContestant {
  readonly name: string;
  readonly pid: number | undefined;
  run(task: KafkaTask): Promise<KafkaAnswer>;
  stop(): void;
}

/** A program of `bench/programs` that speaks as `kafka-tasks.ts` has it, and what it is called. */
export interface KafkaProgram {
  readonly name: string;
  readonly file: string;
}

/** msg's transport and raw kafkajs. */
export const CLIENTS: readonly KafkaProgram[] = [
  { name: 'msg', file: 'our-kafka' },
  { name: 'kafkajs', file: 'raw-kafka' },
];

/** Starts programs that do the same at one broker; each gets `args` after its address. */
export async function startContestants(
  programs: readonly KafkaProgram[],
  bootstrap: string,
  args: readonly string[] = [],
): Promise<readonly KafkaContestant[]> {
  const directory = await bundle(programs.map(({ file }) => file));
  return Promise.all(
    programs.map(({ name, file }) =>
      start(name, join(directory, `${file}.js`), [bootstrap, ...args]),
    ),
  );
}

async function start(
  name: string,
  program: string,
  args: readonly string[],
): Promise<KafkaContestant> {
  const child = fork(program, [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await message(child);
  return {
    name,
    pid: child.pid,
    async run(task) {
      const answer = message(child);
      child.send(task);
      return (await answer) as KafkaAnswer;
    },
    stop: () => child.kill('SIGKILL'),
  };
}

async function message(child: ChildProcess): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('a contestant has ended');
  });
  ended.catch(() => undefined);
  try {
    const [received] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
    return received;
  } finally {
    waiting.abort();
  }
}

/** Bundles programs of this folder, below node_modules, where they find what is not bundled. */
async function bundle(programs: readonly string[]): Promise<string> {
  mkdirSync('node_modules/.cache', { recursive: true });
  const outdir = mkdtempSync('node_modules/.cache/bench-');
  process.on('exit', () => {
    rmSync(outdir, { recursive: true, force: true });
  });
  await build({
    entryPoints: programs.map((name) => `bench/programs/${name}.ts`),
    ...{ outdir, bundle: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ external: ['libsql', '@node-rs/crc32'], logLevel: 'warning' },
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
    },
  });
  return outdir;
}
