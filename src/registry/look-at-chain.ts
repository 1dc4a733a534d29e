import type { AddressBookOptions } from './address-book.js';
import { parseAddress } from './address.js';
import { loadArtifact } from './artifact.js';
import type { AddressBookCache } from './cache.js';
import { DirectoryReader } from './reader.js';
import { RpcClient } from './rpc.js';
import { synchronise } from './sync.js';

/**
 * Everything that only a look at the chain needs, so that a fresh cache loads none of it.
 *
 * @throws MsgError `usage` for an address with a wrong checksum that the cache has not known so far.
 */
export async function lookAtChain(
  cache: AddressBookCache,
  options: AddressBookOptions,
): Promise<void> {
  const { rpc, chainId, address, confirmations = 0, clock, onWarning, codeHash } = options;
  if (cache.head() === undefined) parseAddress(address);
  const nodes = new RpcClient(rpc).each();
  await synchronise({
    readers: nodes.map(
      (node) => new DirectoryReader({ rpc: node, chainId, address, confirmations }),
    ),
    cache,
    codeHash: async () => codeHash ?? (await loadArtifact()).codeHash,
    clock,
    maxBlockAge: options.maxBlockAge ?? Infinity,
    isFinal: confirmations === 'finalized',
    onWarning: onWarning ?? (() => undefined),
  });
}
