import { requireSetting, type Settings } from '../config/resolve.js';
import { parseAddress } from '../registry/address.js';
import { ChainNode } from '../registry/chain-node.js';
import { DirectoryReader } from '../registry/reader.js';
import { RpcClient } from '../registry/rpc.js';
import { confirmationsOf, rpcOptionsOf } from './book.js';

/**
 * Reads the directory of a profile on the chain itself, past the address book: for what the address
 * book does not keep, such as roles.
 *
 * @throws MsgError `config` when a setting is missing.
 */
export function openReader(settings: Settings): DirectoryReader {
  return new DirectoryReader({
    rpc: new RpcClient(rpcOptionsOf(settings)),
    chainId: requireSetting(settings, 'chain.id'),
    address: parseAddress(requireSetting(settings, 'directory')),
    confirmations: confirmationsOf(settings),
  });
}

/**
 * The chain's id: as the profile says, or, where it says none yet, as the node does.
 *
 * @throws MsgError `config`, `chain-unreachable`
 */
export async function chainIdOf(settings: Settings): Promise<bigint> {
  const { value } = settings['chain.id'];
  return value ?? new ChainNode(new RpcClient(rpcOptionsOf(settings))).chainId();
}
