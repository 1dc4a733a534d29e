import { join } from 'node:path';
import { ensureDirectory } from '../config/directories.js';
import { requireSetting, type Settings } from '../config/resolve.js';
import type { Clock } from '../domain/environment.js';
import { openAddressBook } from '../registry/address-book.js';
import { hasChecksum, isAddress } from '../registry/address-shape.js';
import { parseAddress } from '../registry/address.js';
import type { Address, AddressBook } from '../registry/port.js';
import type { Confirmations } from '../registry/reader.js';
import type { RpcOptions } from '../registry/rpc.js';
import type { Configuration } from '../config/load.js';
import { readPem } from './pem-setting.js';

/** Opens the address book of the directory that a profile names, in the cache all profiles share. */
export function openBook(options: {
  readonly configuration: Configuration;
  readonly rpc: RpcOptions;
  readonly clock: Clock;
  readonly warn: (sentence: string) => void;
}): AddressBook {
  const { configuration, rpc, clock, warn } = options;
  const maxBlockAge = configuration.settings['chain.max-block-age'].value;
  const { settings, directories } = configuration;
  return openAddressBook({
    path: join(ensureDirectory(directories.cache), 'address-book.db'),
    chainId: requireSetting(settings, 'chain.id'),
    address: directoryOf(settings),
    rpc,
    confirmations: confirmationsOf(settings),
    ...(maxBlockAge === undefined ? {} : { maxBlockAge }),
    clock,
    onWarning: warn,
  });
}

/**
 * The directory's address. The spelling is left to the address book where it has a checksum: to work
 * that out takes longer than to find a peer in the cache.
 *
 * @throws MsgError `config` where there is none.
 */
export function directoryOf(settings: Settings): Address {
  const text = requireSetting(settings, 'directory');
  return isAddress(text) && hasChecksum(text) ? text : parseAddress(text);
}

/** How the chain's nodes are reached, by the profile's settings. */
export function rpcOptionsOf(
  settings: Settings,
  credentials: RpcOptions['credentials'],
): RpcOptions {
  const ca = settings['chain.ca'].value;
  return {
    urls: requireSetting(settings, 'chain.url'),
    ...(credentials === undefined ? {} : { credentials }),
    ...(ca === undefined ? {} : { tls: { ca: readPem(ca, 'chain.ca') } }),
  };
}

/** Blocks on top of a change: the first confirmation is the block that holds it. */
export function confirmationsOf(settings: Settings): Confirmations {
  const { value } = settings['chain.confirmations'];
  return value === 'finalized' ? value : value - 1;
}

/** What a block may take, in milliseconds; most chains of consortia are faster. */
const BLOCK = 15_000;

/** What finality may take where it is not immediate, in milliseconds (Ethereum: 13 to 19 minutes). */
const FINALITY = 20 * 60_000;

/**
 * How long a change of the directory takes to reach every peer, in milliseconds: until it has the
 * confirmations, and then until every address book has been compared with the chain. Holds as far as
 * the peers' settings are like one's own.
 */
export function settlingOf(settings: Settings): number {
  return confirmationTimeOf(settings) + settings['book.max-age'].value;
}

/** How long a block may take to be confirmed as the settings want it, in milliseconds. */
export function confirmationTimeOf(settings: Settings): number {
  const confirmations = confirmationsOf(settings);
  return confirmations === 'finalized' ? FINALITY : confirmations * BLOCK;
}
