import { requireSetting } from '../config/resolve.js';
import { parseAddress } from '../registry/address.js';
import { ChainNode } from '../registry/chain-node.js';
import { DirectoryReader } from '../registry/reader.js';
import { RpcClient } from '../registry/rpc.js';
import { confirmationsOf } from './book.js';
import type { Session } from './session.js';

/** What of a session reading the chain takes. */
type DirectorySession = Pick<Session, 'settings' | 'rpcOptions'>;

/**
 * Reads the directory of a profile on the chain itself, past the address book: for what the address
 * book does not keep, such as roles.
 *
 * @throws MsgError `config` when a setting is missing.
 */
export function openReader(session: DirectorySession): DirectoryReader {
  const { settings } = session;
  return new DirectoryReader({
    rpc: new RpcClient(session.rpcOptions()),
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
export async function chainIdOf(session: DirectorySession): Promise<bigint> {
  const { value } = session.settings['chain.id'];
  return value ?? new ChainNode(new RpcClient(session.rpcOptions())).chainId();
}
