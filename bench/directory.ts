/**
 * What a directory of ten thousand peers costs: filling the address book, listing all peers with this
 * repository's decoder and ethers', bringing the book up to date after one change, looking peers up;
 * and one peer in a fresh process, from a fresh cache, after a look at the chain, and with ethers.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Contract, JsonRpcProvider } from 'ethers';
import { fingerprintOf } from '../src/domain/fingerprint.js';
import { parsePeerName } from '../src/domain/peer-name.js';
import { openAddressBook } from '../src/registry/address-book.js';
import { parseAddress } from '../src/registry/address.js';
import { loadArtifact } from '../src/registry/artifact.js';
import { deployDirectory, openDirectoryWriter } from '../src/registry/ethers.js';
import type { Address, AddressBook } from '../src/registry/port.js';
import { DirectoryReader } from '../src/registry/reader.js';
import { RpcClient } from '../src/registry/rpc.js';
import type { WriterOptions } from '../src/registry/writer-port.js';
import { startChain } from '../src/sandbox/chain.js';
import { fillDirectory, leafOf, nameOf } from '../test/support/fill-directory.js';
import { printReport } from './report.js';

const PEERS = 10_000;
/** What a P-256 certificate, its issuer and a proof have, in bytes. */
const LEAF = 1_200;
const PROCESSES = 15;
const PAGE = 100;
const LOOK_UPS = 1_000;
const NOW = { maxAge: 0, maxStale: 0 };
const CACHED = { maxAge: Infinity, maxStale: Infinity };

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
  const progress = setInterval(() => process.stderr.write('.'), 1_000);
  const filling = { url: chain.url, address, from: admin, peers: PEERS, publishers: 1, leaf: LEAF };
  await fillDirectory(filling);
  clearInterval(progress);
  process.stderr.write('\n');
  await measure(address, settings);
} finally {
  await chain.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(address: Address, settings: WriterOptions): Promise<void> {
  const cache = join(scratch, 'address-book.db');
  const options = { chainId: chain.chainId, address, rpc: { urls: [chain.url] }, clock: Date.now };
  const listing = await timed(() => listOurs(address));
  const listingEthers = await timed(() => listTheirs(address));
  const book = openAddressBook({ ...options, path: cache });
  const filling = await timed(() => book.list(NOW));
  const writer = await openDirectoryWriter({ ...settings, address });
  await writer.suspend(parsePeerName(nameOf(PEERS - 1)));
  const updating = await timed(() => book.head(NOW));
  const unchanged = await timed(() => book.head(NOW));
  const byName = await timed(() => lookUp(book, 'name'));
  const byCertificate = await timed(() => lookUp(book, 'certificate'));
  const listingCache = await timed(() => book.list(CACHED));
  book.close();
  const program = await bundle();
  const ways = ['nothing', 'cached', 'looked', 'ethers'];
  const [nothing, cached, looked, ethers] = processTimes(
    ways.map((way) => [program, way, chain.url, address, cache, nameOf(7)]),
  );
  const figures = {
    peers: PEERS,
    emptyProcessMs: nothing ?? NaN,
    freshCacheMs: cached ?? NaN,
    lookAtChainMs: looked ?? NaN,
    ethersMs: ethers ?? NaN,
    listMs: listing,
    listEthersMs: listingEthers,
    fillCacheMs: filling,
    updateMs: updating,
    unchangedMs: unchanged,
    findByNameMs: byName / LOOK_UPS,
    findByCertificateMs: byCertificate / LOOK_UPS,
    listCacheMs: listingCache,
  };
  const row = (label: string, value: number): string[] => [label, value.toFixed(2)];
  printReport(
    [
      [`with ${PEERS} peers`, 'ms'],
      row('fresh process: nothing', figures.emptyProcessMs),
      row('fresh process: a peer from a fresh cache', figures.freshCacheMs),
      row('fresh process: a peer after a look at the chain', figures.lookAtChainMs),
      row('fresh process: a peer with ethers', figures.ethersMs),
      row('listing all peers from the chain', figures.listMs),
      row('listing all peers from the chain with ethers', figures.listEthersMs),
      row('filling the empty address book', figures.fillCacheMs),
      row('bringing it up to date after one change', figures.updateMs),
      row('finding that nothing has changed', figures.unchangedMs),
      row('finding a peer by its name', figures.findByNameMs),
      row('finding a peer by its certificate', figures.findByCertificateMs),
      row('listing all peers from the address book', figures.listCacheMs),
    ],
    {
      name: 'directory',
      figures,
      comparedWith: 'ethers',
      ratio: figures.listMs / figures.listEthersMs,
    },
  );
}

/** Looks up peers that lie far apart, one after the other, without the chain. */
async function lookUp(book: AddressBook, by: 'name' | 'certificate'): Promise<void> {
  for (let count = 0; count < LOOK_UPS; count += 1) {
    const index = (count * 7_919) % PEERS;
    const found =
      by === 'name'
        ? await book.find(parsePeerName(nameOf(index)), CACHED)
        : await book.findByCertificate(fingerprintOf(leafOf(index, LEAF)), CACHED);
    if (found === undefined) throw new Error(`${nameOf(index)} is not in the address book`);
  }
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
