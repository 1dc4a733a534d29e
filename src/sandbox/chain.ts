import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { RpcClient } from '../registry/rpc.js';
import { claimPort } from './port.js';
import { startProcess, stopChild } from './process.js';

/** How the local chain is to be run. */
export interface ChainOptions {
  /** A file that keeps the chain over restarts, written every second. */
  readonly stateFile?: string;
  /** The TCP port on 127.0.0.1; any free one where absent. */
  readonly port?: number;
  /** Receives the node's log; thrown away where absent. */
  readonly logFile?: string;
  /** 31337 where absent. */
  readonly chainId?: number;
  /** Whether transactions cost nothing, as in many consortia. */
  readonly isFree?: boolean;
}

/** An account that the chain starts with, always the same ones: for tests only. */
export interface SandboxAccount {
  /** In lower case. */
  readonly address: `0x${string}`;
  readonly privateKey: `0x${string}`;
}

/** A running local chain. */
export interface SandboxChain {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly chainId: bigint;
  /** Ten accounts with 10,000 ether each. */
  readonly accounts: readonly SandboxAccount[];
  /** Lets it go on after this process; `stopProcess(pid)` ends it then. */
  release(): void;
  /** Ends the node, its state written, and waits until it is gone. */
  stop(): Promise<void>;
}

const START_DEADLINE = 15_000;
const INSTALL_HINT = 'install it with: npm install --global @foundry-rs/anvil';

/**
 * Starts anvil on 127.0.0.1 and waits for its first answer.
 *
 * @throws MsgError `missing-tool` without anvil, `config` when the port is taken,
 *   `chain-unreachable` when it does not come up.
 */
export async function startChain(options: ChainOptions = {}): Promise<SandboxChain> {
  const command = anvilPath();
  const port = await claimPort(options.port ?? 0);
  const scratch = mkdtempSync(join(tmpdir(), 'msg-chain-'));
  try {
    const accountsFile = join(scratch, 'accounts.json');
    const logFile = options.logFile ?? join(scratch, 'anvil.log');
    const args = argumentsFor(options, port, accountsFile);
    const { child, release } = startProcess({ command, args, logFile });
    const url = `http://127.0.0.1:${port}`;
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const begin = async (): Promise<Pick<SandboxChain, 'chainId' | 'accounts'>> => ({
      chainId: await firstAnswer(url),
      // Written a little after the first answer.
      accounts: readAccounts(accountsFile),
    });
    const ready = await patiently(begin, hasEnded).catch(async (error: unknown) => {
      await stopChild(child);
      throw describe(error, logFile);
    });
    return { url, port, pid: child.pid ?? 0, ...ready, release, stop: () => stopChild(child) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function argumentsFor(options: ChainOptions, port: number, accountsFile: string): string[] {
  const { stateFile, chainId = 31_337, isFree = false } = options;
  const args = ['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId)];
  args.push('--config-out', accountsFile);
  if (isFree) args.push('--gas-price', '0', '--block-base-fee-per-gas', '0');
  if (stateFile === undefined) return args;
  makeDirectory(dirname(stateFile));
  return [...args, '--state', stateFile, '--state-interval', '1', '--preserve-historical-states'];
}

/**
 * The program itself, as seen from a module: its npm wrapper would take twice the time to start.
 *
 * @throws MsgError `missing-tool` where it is not installed.
 */
export function anvilPath(from = import.meta.url): string {
  const require = createRequire(from);
  const machine = process.arch === 'x64' ? 'amd64' : process.arch;
  const target = `${process.platform}-${machine}`;
  const program = `bin/anvil${process.platform === 'win32' ? '.exe' : ''}`;
  try {
    const wrapper = createRequire(require.resolve('@foundry-rs/anvil/package.json'));
    return wrapper.resolve(`@foundry-rs/anvil-${target}/${program}`);
  } catch (cause) {
    const text = `the local chain needs anvil, which is not installed for ${target}`;
    throw new MsgError('missing-tool', text, { hint: INSTALL_HINT, cause });
  }
}

async function firstAnswer(url: string): Promise<bigint> {
  const rpc = new RpcClient({ urls: [url], timeout: 2_000 });
  return BigInt(String(await rpc.call('eth_chainId', [])));
}

async function patiently<T>(work: () => Promise<T>, hasEnded: () => boolean): Promise<T> {
  const deadline = performance.now() + START_DEADLINE;
  for (;;) {
    if (hasEnded()) throw new MsgError('chain-unreachable', 'the local chain ended at its start');
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function describe(error: unknown, logFile: string): MsgError {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join(' ').trim();
  const reason = lines === '' ? 'it printed nothing' : lines.slice(0, 300);
  return new MsgError('chain-unreachable', `the local chain did not start: ${reason}`, {
    hint: 'try another port, or move the state file away if an older anvil wrote it',
    cause: error,
  });
}

function readAccounts(file: string): SandboxAccount[] {
  const config = JSON.parse(readFileSync(file, 'utf8')) as unknown;
  const { available_accounts: addresses, private_keys: keys } = config as Record<string, unknown>;
  if (!Array.isArray(addresses) || !Array.isArray(keys)) {
    throw new MsgError('bug', 'anvil names no accounts');
  }
  return addresses.map((address: unknown, index) => ({
    address: hexText(address),
    privateKey: hexText(keys[index]),
  }));
}

function hexText(value: unknown): `0x${string}` {
  if (typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value)) return value as `0x${string}`;
  throw new MsgError('bug', 'anvil names an account that is not hexadecimal');
}
