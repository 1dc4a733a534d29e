import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { readPem, writePem } from '../../../src/asn1/pem.js';
import { directoriesOf } from '../../../src/config/directories.js';
import type { SandboxTransport } from '../../../src/sandbox/network-file.js';
import { raiseNetwork, type Network } from '../../../src/sandbox/network.js';
import { certificateToPem } from '../../../src/x509/pem.js';

/** The two peers, who rotate and write to each other at the same time. */
export const SIDES = ['alice', 'bob'] as const;
export type Side = (typeof SIDES)[number];

/** The one at the other end. */
export function otherOf(side: Side): Side {
  return side === 'alice' ? 'bob' : 'alice';
}

/** A network on real parts, and the program run by either side. */
export interface Stage {
  readonly network: Network;
  /** Everything lies below it. */
  readonly home: string;
  /** Where a side's keys are. */
  keysOf(side: Side): string;
  /** Where a side's address book is: each has its own, as on a machine of its own. */
  bookOf(side: Side): string;
  ledgerOf(side: Side): string;
  /** Runs `msg` to its end, which has to be good, and gives its standard output. */
  msg(side: Side, args: readonly string[]): Promise<string>;
  /** Starts a Node program in the surroundings of a side; both outputs go to files. */
  start(side: Side, name: string, args: readonly string[]): Running;
  /** Makes a key and has it certified, as an operator would. */
  certify(side: Side, label: string, type: string): Promise<void>;
  /** Ends and removes everything. */
  remove(options: { readonly keep: boolean }): Promise<void>;
}

/** A program that runs until it is told to end. */
export interface Running {
  /** The file of its standard output. */
  readonly stdout: string;
  /** How it has ended, and what it said on standard error; undefined while it runs. */
  ending(): string | undefined;
  /** Asks it to end, waits, and says how it ended unless that was well. */
  stop(): Promise<string | undefined>;
  /** Stops it and starts it once more; says how it ended unless that was well. */
  restart(): Promise<string | undefined>;
}

const PROGRAM = resolve('bin/msg.js');

/** What a stage is made of. */
export interface StageOptions {
  /** What the network carries messages with; its broker, if it has one, ends with the stage. */
  readonly transport: SandboxTransport;
  /** Settings of both sides that go before those of their profiles. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Raises the network: chain, directory, authority and what carries messages. */
export async function raiseStage({ transport, settings }: StageOptions): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'msg-traffic-'));
  const env = (side?: Side): Record<string, string> => ({
    ...inherited(),
    ...{ HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data') },
    ...{
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CACHE_HOME: join(home, `cache-${side ?? 'all'}`),
    },
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [variableOf(key), value])),
  });
  const directories = directoriesOf({ env: env(), home, cwd: home });
  const network = await raiseNetwork({
    ...{ directory: join(directories.state, '.sandbox'), directories, transport },
    ...{ clock: Date.now, random: randomBytes, onStep: () => undefined },
    signal: new AbortController().signal,
  });
  const started: Program[] = [];
  const { chain, carrier } = network;
  let isUp = true;
  process.on('exit', () => {
    if (!isUp) return;
    for (const program of started) program.kill();
    for (const pid of [chain.pid, carrier.broker?.pid]) end(pid);
  });
  const stage: Stage = {
    ...{ network, home },
    keysOf: (side) => join(home, 'data', 'msg', side, 'keys'),
    bookOf: (side) => join(home, `cache-${side}`, 'msg', 'address-book.db'),
    ledgerOf: (side) => join(home, 'state', 'msg', side, 'ledger.db'),
    msg: (side, args) => runToEnd(['--profile', side, '--no-input', ...args], env(side)),
    start(side, name, args) {
      const program = new Program({ args, env: env(side), path: join(home, `${side}-${name}`) });
      started.push(program);
      return program;
    },
    async certify(side, label, type) {
      const create = ['identity', 'create', '--label', label, '--type', type, '--json'];
      const { request } = JSON.parse(await stage.msg(side, create)) as { readonly request: string };
      const [csr] = readPem(readFileSync(request, 'latin1'));
      const certificate = await network.authority.issueFor(csr?.der ?? Buffer.of());
      const issuers = network.authority.chain.map(certificateToPem).join('');
      const file = join(home, `${side}-${label}.pem`);
      writeFileSync(file, writePem('CERTIFICATE', certificate.der) + issuers);
      await stage.msg(side, ['identity', 'import', file]);
    },
    async remove({ keep }) {
      for (const program of started) program.kill();
      await network.stop();
      isUp = false;
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
  return stage;
}

function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already, as it should have.
  }
}

function variableOf(setting: string): string {
  return `MSG_${setting.toUpperCase().replaceAll(/[.-]/g, '_')}`;
}

async function runToEnd(args: readonly string[], env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (said.stderr += part));
  await once(child, 'close');
  if (child.exitCode === 0) return said.stdout;
  throw new Error(`msg ${args.join(' ')} ended with ${String(child.exitCode)}: ${said.stderr}`);
}

interface ProgramOptions {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  /** Outputs go to this path with `.out` and `.err`. */
  readonly path: string;
}

class Program implements Running {
  readonly #options: ProgramOptions;
  #child: ChildProcess;
  #isRestarting = false;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.#child = this.#spawn();
  }

  get stdout(): string {
    return `${this.#options.path}.out`;
  }

  ending(): string | undefined {
    return this.#isRestarting ? undefined : this.#ending();
  }

  async stop(): Promise<string | undefined> {
    const child = this.#child;
    child.kill('SIGTERM');
    if (this.#ending() === undefined) await once(child, 'exit');
    return child.exitCode === 0 ? undefined : this.#ending();
  }

  async restart(): Promise<string | undefined> {
    this.#isRestarting = true;
    const ending = await this.stop();
    this.#child = this.#spawn();
    this.#isRestarting = false;
    return ending;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #spawn(): ChildProcess {
    const { args, env } = this.#options;
    const files = [openSync(this.stdout, 'a'), openSync(this.#stderr, 'a')] as const;
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', ...files] });
    for (const file of files) closeSync(file);
    return child;
  }

  get #stderr(): string {
    return `${this.#options.path}.err`;
  }

  #ending(): string | undefined {
    const how = this.#child.signalCode ?? this.#child.exitCode;
    if (how === null) return undefined;
    const { path } = this.#options;
    return `${basename(path)} ended with ${how}: ${readFileSync(this.#stderr, 'utf8')}`;
  }
}

/** The surroundings without settings of the one who runs this. */
function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(?:MSG|XDG)_/.test(entry[0]),
  );
  return Object.fromEntries(entries);
}
