import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { directoriesOf } from '../../src/config/directories.js';
import { openProfileStore } from '../../src/config/profile-store.js';
import { main } from '../../src/main.js';
import { memoryIO, type MemoryIOOptions } from './io.js';
import { temporaryDirectory } from './temporary-directory.js';

/** How a command ended, and what it said. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in this process, on streams in memory. */
export async function run(
  args: readonly string[],
  options: MemoryIOOptions = {},
): Promise<Outcome> {
  const memory = memoryIO(options);
  const { stdin, stdout, stderr } = memory.io;
  const process = {
    ...{ stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream },
    ...{
      env: options.env ?? {},
      argv: ['node', 'msg', ...args],
      exitCode: undefined as number | undefined,
    },
  };
  await main(process as unknown as NodeJS.Process);
  return { code: process.exitCode ?? 0, stdout: memory.stdout(), stderr: memory.stderr() };
}

/** A MSG_HOME of a test's own. */
export interface Home {
  readonly path: string;
  /** Runs a command there; the environment holds MSG_HOME and what the home was made with. */
  run(args: readonly string[], options?: MemoryIOOptions): Promise<Outcome>;
  /** Runs a command that has to succeed, and gives its standard output. */
  ok(args: readonly string[], options?: MemoryIOOptions): Promise<string>;
  /** Writes a file into it, for its owner alone, and returns the path. */
  put(name: string, content: string | Uint8Array): string;
  /** Makes a profile `prod`. */
  profile(settings: Readonly<Record<string, string>>): void;
  /** The settings that profile `prod` has now. */
  settings(): Readonly<Record<string, string>>;
}

/** Makes an empty home that is gone after the test. */
export function newHome(env: Readonly<Record<string, string>> = {}): Home {
  const path = temporaryDirectory();
  const surroundings = { MSG_HOME: path, ...env };
  const directories = directoriesOf({ env: surroundings, home: path, cwd: path });
  const profiles = () => openProfileStore(directories, { directory: path, home: path });
  const home: Home = {
    path,
    run: (args, options = {}) =>
      run(args, { ...options, env: { ...surroundings, ...options.env } }),
    async ok(args, options) {
      const { code, stdout, stderr } = await home.run(args, options);
      if (code !== 0) throw new Error(`msg ${args.join(' ')}: exit ${code}: ${stderr}`);
      return stdout;
    },
    put(name, content) {
      const file = join(path, name);
      writeFileSync(file, content, { mode: 0o600 });
      return file;
    },
    profile(settings) {
      profiles().create('prod', settings);
    },
    settings: () => Object.fromEntries([...profiles().read().profiles.values()][0] ?? []),
  };
  return home;
}
