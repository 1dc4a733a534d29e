import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { profileDirectoriesOf, type Directories } from '../config/directories.js';
import { profileFilePath } from '../config/profile-file.js';
import { parseProfileName, type ProfileName } from '../config/profile-name.js';
import { openProfileStore } from '../config/profile-store.js';
import { lockPrefix } from '../registry/account-lock.js';
import { parseAddress } from '../registry/address.js';
import { forgetDirectory } from '../registry/forget-directory.js';
import { SANDBOX_PEERS } from './network-parts.js';
import type { NetworkState } from './network-file.js';
import { isSandboxProfile } from './network-peer.js';

/**
 * Removes everything that a network and its profiles have left on this machine, so that only what others
 * have put there stays. The network must not be up.
 *
 * @param network undefined for one that never came up: nobody knows its chain, which has gone with it
 * @param directory where the network lies
 * @returns the profiles that were kept, because they are not the sandbox's any more
 */
export function purgeNetwork(
  network: NetworkState | undefined,
  directory: string,
  directories: Directories,
): readonly ProfileName[] {
  const profiles = network?.profiles ?? SANDBOX_PEERS.map(({ name }) => name);
  const kept = purgeProfiles(profiles, directory, directories);
  if (network !== undefined) forgetChain(network, directories);
  // Last: until then a purge that was broken off can be repeated.
  rmSync(directory, { recursive: true, force: true });
  const { config, state, cache, data } = directories;
  for (const one of [config, state, cache, data]) removeEmpty(one);
  return kept;
}

function purgeProfiles(
  profiles: readonly string[],
  directory: string,
  directories: Directories,
): readonly ProfileName[] {
  const base = { directory: directories.config, home: homedir() };
  const store = openProfileStore(directories, base);
  const kept: ProfileName[] = [];
  for (const name of profiles.map(parseProfileName)) {
    const fields = store.read().profiles.get(name);
    if (fields !== undefined && !isSandboxProfile(fields, directory)) {
      kept.push(name);
      continue;
    }
    if (fields !== undefined) store.remove(name);
    const own = profileDirectoriesOf(directories, name);
    rmSync(own.state, { recursive: true, force: true });
    rmSync(own.keys, { recursive: true, force: true });
    removeEmpty(dirname(own.keys));
  }
  const { profiles: left, current } = store.read();
  if (left.size === 0 && current === undefined)
    rmSync(profileFilePath(directories), { force: true });
  return kept;
}

/** The chain has an id of its own: nobody else's files name it. */
function forgetChain(network: NetworkState, { state, cache }: Directories): void {
  const prefix = lockPrefix(BigInt(network.chainId));
  const locks = readdirSync(state).filter((name) => name.startsWith(prefix));
  for (const name of locks) rmSync(join(state, name), { force: true });
  const path = join(cache, 'address-book.db');
  if (!existsSync(path)) return;
  const address = parseAddress(network.directory);
  const holdsOthers = forgetDirectory({ path, chainId: BigInt(network.chainId), address });
  if (holdsOthers) return;
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
}

function removeEmpty(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}
