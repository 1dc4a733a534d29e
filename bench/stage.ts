import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { measured, type Measured } from './measured.js';

const PROGRAM = resolve('bin/msg.js');

/** A sandbox with a real broker, for programs that measure. */
export interface Stage {
  /** A directory for files. */
  readonly files: string;
  /** `host:port` of the broker. */
  readonly bootstrap: string;
  /** Runs `msg --profile <profile> …` as a process of its own. */
  msg(profile: string, args: readonly string[]): Promise<Measured>;
  /** Runs a program of this folder as a process of its own. */
  program(name: string, args: readonly string[]): Promise<Measured>;
  /** Stops and removes everything. */
  close(): void;
}

/** Raises a sandbox with Apache Kafka. */
export function openStage(): Stage {
  const home = mkdtempSync(join(tmpdir(), 'msg-bench-'));
  const env = { ...process.env, MSG_HOME: home };
  const programs = new Map<string, Promise<string>>();
  const close = (): void => {
    spawnSync(process.execPath, [PROGRAM, 'sandbox', 'down', '--purge'], { env });
    rmSync(home, { recursive: true, force: true });
  };
  const up = spawnSync(process.execPath, [PROGRAM, 'sandbox', 'up', '--kafka'], { env });
  if (up.status !== 0) {
    close();
    throw new Error(`the sandbox did not come up: ${up.stderr.toString()}`);
  }
  return {
    files: home,
    bootstrap: bootstrapIn(home),
    msg: (profile, args) =>
      measured(process.execPath, [PROGRAM, '--profile', profile, ...args], { env }),
    program: async (name, args) =>
      measured(process.execPath, [await bundled(name, programs), ...args], { env }),
    close,
  };
}

/** A program of this folder as one file, so that what is measured is not its bundling. */
function bundled(name: string, programs: Map<string, Promise<string>>): Promise<string> {
  const known = programs.get(name) ?? bundle(name);
  programs.set(name, known);
  return known;
}

async function bundle(name: string): Promise<string> {
  const outfile = resolve(`node_modules/.cache/bench/${name}.mjs`);
  await build({
    entryPoints: [`bench/programs/${name}.ts`],
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20.19' },
    // kafkajs is CommonJS, and asks for Node's own modules as such.
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

const PIECE = 8 * 1024 * 1024;

/** Makes a file that nothing can make smaller. */
export function makeRandomFile(path: string, size: number): void {
  const file = openSync(path, 'w');
  const piece = Buffer.allocUnsafe(PIECE);
  for (let left = size; left > 0; left -= PIECE) {
    randomFillSync(piece);
    writeSync(file, piece, 0, Math.min(left, PIECE));
  }
  closeSync(file);
}

/** `host:port` of the broker that a sandbox's profiles name. */
export function bootstrapIn(home: string): string {
  const profiles = readFileSync(join(home, 'config', 'profiles.json'), 'utf8');
  return /kafka:\/\/([^"]+)"/.exec(profiles)?.[1] ?? '';
}
