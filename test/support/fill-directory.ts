import { createHash } from 'node:crypto';
import { Interface } from 'ethers';
import { loadArtifact } from '../../src/registry/artifact.js';
import { keccak256 } from '../../src/registry/keccak.js';
import { RpcClient } from '../../src/registry/rpc.js';

/** How a directory is to be filled. */
export interface FillOptions {
  /** A local chain whose accounts sign by themselves, as anvil's do. */
  readonly url: string;
  /** A directory that is open for registration. */
  readonly address: string;
  /** The account that gets all the peers. */
  readonly from: string;
  readonly peers: number;
  /** One of so many peers publishes a certificate; 1 where all do. */
  readonly publishers: number;
  /** Bytes of each certificate; see {@link leafOf}. */
  readonly leaf: number;
}

/** Peers that are made in one block, and by one request to the node. */
const BATCH = 250;
const NOBODY = `0x${'0'.repeat(40)}`;

/** The name of a filled directory's peer. */
export function nameOf(index: number): string {
  return `peer-${index}`;
}

/** The bytes that stand for the certificate of a filled directory's peer: no two are the same. */
export function leafOf(index: number, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(nameOf(index)).digest();
}

/** Registers many peers and publishes a version for some or all, in a few large blocks. */
export async function fillDirectory(options: FillOptions): Promise<void> {
  const { url, address, from, peers, publishers, leaf } = options;
  const rpc = new RpcClient({ urls: [url] });
  const coder = new Interface(JSON.stringify((await loadArtifact()).abi));
  let nonce = Number(await rpc.call('eth_getTransactionCount', [from, 'latest']));
  const call = (method: string, args: readonly unknown[]): object => {
    const data = coder.encodeFunctionData(method, args);
    return { from, to: address, data, nonce: hex(nonce++), gas: hex(700_000 + leaf * 300) };
  };
  await rpc.call('evm_setBlockGasLimit', [hex(10 ** 12)]);
  await rpc.call('evm_setAutomine', [false]);
  for (let start = 0; start < peers; start += BATCH) {
    const indexes = Array.from({ length: Math.min(BATCH, peers - start) }, (_, i) => start + i);
    const calls = indexes.flatMap((index) => {
      const register = call('register', [nameOf(index), NOBODY]);
      if (index % publishers !== 0) return [register];
      const publication = [keccak256(nameOf(index)), 0, leafOf(index, leaf), '0x', Buffer.of(1)];
      return [register, call('publish', publication)];
    });
    await sendAll(url, calls);
    await rpc.call('evm_mine', []);
  }
  await rpc.call('evm_setAutomine', [true]);
}

async function sendAll(url: string, calls: readonly object[]): Promise<void> {
  const body = calls.map((call, id) => ({
    ...{ jsonrpc: '2.0', id, method: 'eth_sendTransaction', params: [call] },
  }));
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const results = (await answer.json()) as readonly { readonly error?: { message: string } }[];
  const failed = results.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw new Error(`the node refuses: ${failed.error.message}`);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
