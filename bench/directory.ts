/**
 * What a look into the directory costs: one peer in a fresh process, from a fresh cache, after a look
 * at the chain, and with ethers; and listing all peers with this repository's decoder and ethers'.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Contract, Interface, JsonRpcProvider, Wallet } from 'ethers';
import { openAddressBook } from '../src/registry/address-book.js';
import { parseAddress } from '../src/registry/address.js';
import { loadArtifact } from '../src/registry/artifact.js';
import { deployDirectory } from '../src/registry/ethers.js';
import { keccak256 } from '../src/registry/keccak.js';
import { DirectoryReader } from '../src/registry/reader.js';
import { RpcClient } from '../src/registry/rpc.js';
import { startChain } from '../src/sandbox/chain.js';
import { printReport } from './report.js';

const PEERS = 300;
const PROCESSES = 15;
const PAGE = 100;

const scratch = mkdtempSync(join(tmpdir(), 'msg-bench-'));
const chain = await startChain();
try {
  const [{ address: admin, privateKey } = { address: '0x' as const, privateKey: '0x' as const }] =
    chain.accounts;
  const settings = {
    rpc: { urls: [chain.url] },
    chainId: chain.chainId,
    account: { kind: 'key', privateKey } as const,
    lockDirectory: scratch,
    pollInterval: 5,
  };
  const { address } = await deployDirectory(settings, {
    admin: parseAddress(admin),
    adminDelay: 60,
    recoveryDelay: 60,
    openRegistration: true,
  });
  if (address === undefined) throw new Error('no directory was made');
  await fill(address, privateKey);
  await measure(address);
} finally {
  await chain.stop();
  rmSync(scratch, { recursive: true, force: true });
}

/** Registers the peers and publishes 1,200 bytes for each, in a handful of blocks. */
async function fill(address: string, privateKey: string): Promise<void> {
  const rpc = new RpcClient({ urls: [chain.url] });
  const { abi } = await loadArtifact();
  const coder = new Interface(JSON.stringify(abi));
  const wallet = new Wallet(privateKey);
  let nonce = Number(await rpc.call('eth_getTransactionCount', [wallet.address, 'latest']));
  await rpc.call('evm_setAutomine', [false]);
  const send = async (method: string, args: unknown[]): Promise<void> => {
    const data = coder.encodeFunctionData(method, args);
    const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, gasLimit: 1_500_000n };
    const tx = { to: address, data, nonce: nonce++, chainId: chain.chainId, type: 2, ...fees };
    await rpc.call('eth_sendRawTransaction', [await wallet.signTransaction(tx)]);
  };
  for (let index = 0; index < PEERS; index += 1) {
    const name = `peer-${index}`;
    await send('register', [name, `0x${'0'.repeat(40)}`]);
    await send('publish', [keccak256(name), 0, randomBytes(1_200), '0x', randomBytes(71)]);
    if (index % 10 === 9) await rpc.call('evm_mine', []);
  }
  await rpc.call('evm_setAutomine', [true]);
}

async function measure(address: `0x${string}`): Promise<void> {
  const cache = join(scratch, 'address-book.db');
  const options = { chainId: chain.chainId, address, rpc: { urls: [chain.url] }, clock: Date.now };
  const [ours, theirs] = [
    await timed(() => listOurs(address)),
    await timed(() => listTheirs(address)),
  ];
  const book = openAddressBook({ ...options, path: cache });
  const filling = await timed(() => book.list({ maxAge: 0, maxStale: 0 }));
  book.close();
  const program = await bundle();
  const ways = ['nothing', 'cached', 'looked', 'ethers'];
  const [nothing, cached, looked, ethers] = processTimes(
    ways.map((way) => [program, way, chain.url, address, cache, 'peer-7']),
  );
  const figures = {
    emptyProcessMs: nothing ?? NaN,
    freshCacheMs: cached ?? NaN,
    lookAtChainMs: looked ?? NaN,
    ethersMs: ethers ?? NaN,
    listMs: ours,
    listEthersMs: theirs,
    fillCacheMs: filling,
  };
  const row = (label: string, value: number): string[] => [label, value.toFixed(1)];
  printReport(
    [
      ['', 'ms'],
      row('fresh process: nothing', figures.emptyProcessMs),
      row('fresh process: a peer from a fresh cache', figures.freshCacheMs),
      row('fresh process: a peer after a look at the chain', figures.lookAtChainMs),
      row('fresh process: a peer with ethers', figures.ethersMs),
      row(`listing ${PEERS} peers`, figures.listMs),
      row(`listing ${PEERS} peers with ethers`, figures.listEthersMs),
      row(`filling the cache with ${PEERS} peers`, figures.fillCacheMs),
    ],
    {
      name: 'directory',
      figures,
      comparedWith: 'ethers',
      ratio: figures.lookAtChainMs / figures.ethersMs,
    },
  );
}

async function listOurs(address: `0x${string}`): Promise<unknown> {
  const rpc = new RpcClient({ urls: [chain.url] });
  const reader = new DirectoryReader({ rpc, chainId: chain.chainId, address });
  return reader.peers(await reader.view());
}

async function listTheirs(address: string): Promise<void> {
  const { abi } = await loadArtifact();
  const provider = new JsonRpcProvider(chain.url, 31_337, { staticNetwork: true });
  const list = new Contract(address, JSON.stringify(abi), provider).getFunction('list');
  for (let from = 0; from < PEERS; from += PAGE) await list(from, PAGE, true);
  provider.destroy();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The median run times of some programs in milliseconds; they take turns. */
function processTimes(programs: readonly (readonly string[])[]): number[] {
  const times = programs.map((): number[] => []);
  for (let round = 0; round < PROCESSES; round += 1) {
    for (const [index, args] of programs.entries()) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
      if (status !== 0) throw new Error(`${args.join(' ')} failed`);
      times[index]?.push(performance.now() - start);
    }
  }
  return times.map((all) => all.sort((one, two) => one - two)[PROCESSES >> 1] ?? NaN);
}

/** Bundled with splitting, as the published program is. */
async function bundle(): Promise<string> {
  const outdir = join('node_modules/.cache', `bench-directory-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  process.on('exit', () => {
    rmSync(outdir, { recursive: true, force: true });
  });
  await build({
    entryPoints: ['bench/programs/lookup.ts'],
    ...{ outdir, bundle: true, splitting: true, format: 'esm', platform: 'node' },
    ...{ target: 'node20.19', minifySyntax: true, minifyWhitespace: true, external: ['libsql'] },
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
    },
  });
  return join(outdir, 'lookup.js');
}
