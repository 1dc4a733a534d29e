import { MsgError } from '../errors.js';
import type { CachedHead } from './cache.js';
import { contradiction } from './contradiction.js';
import type { DirectoryPeer, DirectoryView, PublishedCertificate } from './directory-peer.js';
import type { DirectoryReader } from './reader.js';

/**
 * Whether the block of the cached head is no longer part of the node's chain.
 *
 * @throws MsgError `chain-unreachable` when the node is not that far yet, `config` when its chain is
 *   another one altogether.
 */
export async function isReorganised(
  basis: CachedHead,
  reader: DirectoryReader,
  view: DirectoryView,
): Promise<boolean> {
  if ((await genesisOf(reader)) !== basis.genesis) {
    throw new MsgError('config', `chain ${basis.chainId} is another chain than it used to be`, {
      hint: 'check the address of the node; after starting a test chain anew, remove the cache of the address book',
    });
  }
  const block = await reader.block(basis.block);
  if (block !== undefined) return block.hash !== basis.blockHash;
  throw new MsgError(
    'chain-unreachable',
    `the chain node is behind: at block ${view.block.number}, the address book at ${basis.block}`,
    { hint: 'wait until the node has caught up, or ask another one' },
  );
}

/** The hash of block 0, which tells chains apart that share a chain id. */
export async function genesisOf(reader: DirectoryReader): Promise<string> {
  const block = await reader.block(0n);
  if (block !== undefined) return block.hash;
  throw contradiction('its chain has no first block');
}

/**
 * A node that cannot give the changes must at least not take any back.
 *
 * @throws MsgError `peer-untrusted`
 */
export function requireContinuation(
  known: readonly DirectoryPeer[],
  peers: readonly DirectoryPeer[],
): void {
  const present = new Map(peers.map((peer) => [peer.name, peer]));
  for (const before of known) {
    const after = present.get(before.name);
    const isKept =
      after !== undefined &&
      after.seq >= before.seq &&
      (before.status !== 'removed' || after.status === 'removed') &&
      before.certificates.every(
        ({ index, fingerprint }) => after.certificates[index]?.fingerprint === fingerprint,
      );
    if (!isKept) throw contradiction(`it takes back what it said of ${before.name}`);
  }
}

/** Whoever revoked a certificate meant it: even a block that was reorganised out counts here. */
export function keepRevocations(
  known: readonly DirectoryPeer[],
  peers: readonly DirectoryPeer[],
): DirectoryPeer[] {
  const revoked = new Map<string, PublishedCertificate>();
  for (const { name, certificates } of known) {
    for (const version of certificates) {
      if (version.revokedAt !== undefined) revoked.set(`${name} ${version.fingerprint}`, version);
    }
  }
  return peers.map((peer) => ({
    ...peer,
    certificates: peer.certificates.map((version) => {
      const before = revoked.get(`${peer.name} ${version.fingerprint}`);
      if (version.revokedAt !== undefined || before === undefined) return version;
      return { ...version, revokedAt: before.revokedAt, reason: before.reason };
    }),
  }));
}
