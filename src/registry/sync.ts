import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { applyEntry } from './apply.js';
import type { AddressBookCache, CachedHead, CacheUpdate } from './cache.js';
import { contradiction } from './contradiction.js';
import type { DirectoryPeer, DirectoryView, PublishedCertificate } from './directory-peer.js';
import type { JournalEntry } from './journal.js';
import type { DirectoryReader } from './reader.js';
import type { NodeView } from './views.js';
import { newestViews } from './views.js';

/** More changes than this are read as a list of all peers. */
const MAX_CHANGES = 2_000n;
const ATTEMPTS = 3;

/** What a synchronisation works with. */
export interface SyncOptions {
  /** One reader a node, in the order of preference. */
  readonly readers: readonly DirectoryReader[];
  readonly cache: AddressBookCache;
  /** keccak256 of the runtime code that the directory has to have. */
  readonly codeHash: () => Promise<string>;
  /** In milliseconds: a newest block older than this means that the node stands still. */
  readonly maxBlockAge: number;
  readonly clock: Clock;
  /** Told of a reorganisation, as a sentence. */
  readonly onWarning: (text: string) => void;
}

/**
 * Brings the cache up to the chain's present state: nothing but the head when there was no change,
 * the changes since the cached head when the node gives them, else every peer anew.
 *
 * @throws MsgError `chain-unreachable`, `config` (another chain or contract), `peer-untrusted` (the
 *   node contradicts the hash chain, or takes back what it said of a block that still stands).
 */
export async function synchronise(options: SyncOptions): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const basis = options.cache.head();
    if (basis === undefined) await checkAll(options);
    const views = await newestViews(options.readers);
    requireMovingChain(views[0], options);
    const update = await firstBelievable(views, (node) => planUpdate(node, basis, options));
    // Not applied means that another process was faster and that this one starts from its result.
    if (options.cache.apply(update, basis)) return;
  }
}

function requireMovingChain({ view }: NodeView, { maxBlockAge, clock }: SyncOptions): void {
  const age = clock() - view.block.time;
  if (age <= maxBlockAge) return;
  const text = `the newest block of the chain is ${Math.round(age / 1000)} s old`;
  throw new MsgError('chain-unreachable', text, {
    hint: 'the node stands still or has lost its peers; ask another one',
  });
}

async function checkAll({ readers, codeHash }: SyncOptions): Promise<void> {
  const expected = await codeHash();
  const results = await Promise.allSettled(readers.map((reader) => reader.check(expected)));
  const failures = results.filter((result) => result.status === 'rejected');
  const fatal = failures.find(({ reason }) => !isUnreachable(reason));
  if (fatal !== undefined) throw fatal.reason;
  if (failures.length === results.length) throw failures[0]?.reason;
}

/** With several nodes of the same state, one that contradicts itself does not stop the others. */
async function firstBelievable<T>(
  views: readonly NodeView[],
  work: (node: NodeView) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for (const node of views) {
    try {
      return await work(node);
    } catch (error) {
      failure ??= error;
      if (!(error instanceof MsgError)) throw error;
    }
  }
  throw failure;
}

async function planUpdate(
  { reader, view }: NodeView,
  basis: CachedHead | undefined,
  options: SyncOptions,
): Promise<CacheUpdate> {
  if (basis === undefined) {
    const genesis = await genesisOf(reader);
    return whole(await reader.peers(view), headOf(view, genesis, options));
  }
  const head = headOf(view, basis.genesis, options);
  if (view.state.seq === basis.seq && view.state.head === basis.head) {
    return { head, peers: [], replacesAll: false };
  }
  const entries = await changesSince(basis, reader, view);
  if (entries !== undefined) {
    return { head, peers: replay(entries, options.cache), replacesAll: false };
  }
  return relist({ reader, view, basis, head }, options);
}

/** The changes from the cached head on; undefined when they do not continue from it or are too many. */
async function changesSince(
  basis: CachedHead,
  reader: DirectoryReader,
  view: DirectoryView,
): Promise<readonly JournalEntry[] | undefined> {
  const { seq } = view.state;
  if (seq <= basis.seq || seq - basis.seq > MAX_CHANGES || view.block.number <= basis.block) {
    return undefined;
  }
  try {
    return await reader.journal(basis, basis.block, view);
  } catch (error) {
    if (!isContradiction(error) || !(await isReorganised(basis, reader, view))) throw error;
    return undefined;
  }
}

function replay(entries: readonly JournalEntry[], cache: AddressBookCache): DirectoryPeer[] {
  const peers = new Map<string, DirectoryPeer>();
  for (const entry of entries) {
    const before = peers.get(entry.id) ?? cache.findById(entry.id);
    const after = applyEntry(before, entry);
    if (after !== undefined) peers.set(entry.id, after);
  }
  return [...peers.values()];
}

interface Relisting {
  readonly reader: DirectoryReader;
  readonly view: DirectoryView;
  readonly basis: CachedHead;
  readonly head: CachedHead;
}

async function relist(listing: Relisting, options: SyncOptions): Promise<CacheUpdate> {
  const { reader, view, basis, head } = listing;
  const reorganised = await isReorganised(basis, reader, view);
  if (!reorganised && view.state.seq <= basis.seq) {
    throw contradiction(`it takes back changes up to ${basis.seq} in a block that still stands`);
  }
  const peers = await reader.peers(view);
  const known = options.cache.list();
  if (reorganised) {
    options.onWarning(
      `the chain was reorganised: block ${basis.block} is gone, all peers were read`,
    );
  } else {
    requireContinuation(known, peers);
  }
  return whole(keepRevocations(known, peers), head);
}

/**
 * Whether the block of the cached head is no longer part of the node's chain.
 *
 * @throws MsgError `chain-unreachable` when the node is not that far yet, `config` when its chain is
 *   another one altogether.
 */
async function isReorganised(
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

async function genesisOf(reader: DirectoryReader): Promise<string> {
  const block = await reader.block(0n);
  if (block !== undefined) return block.hash;
  throw contradiction('its chain has no first block');
}

/** A node that cannot give the changes must at least not take any back. */
function requireContinuation(
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
function keepRevocations(
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

function headOf(view: DirectoryView, genesis: string, options: SyncOptions): CachedHead {
  const { chainId, seq, head, frozen, successor } = view.state;
  const { number, hash, time } = view.block;
  return {
    ...{ chainId, address: options.cache.address, genesis, seq, head, frozen, successor },
    ...{ block: number, blockHash: hash, blockTime: time, checkedAt: options.clock() },
  };
}

function whole(peers: readonly DirectoryPeer[], head: CachedHead): CacheUpdate {
  return { head, peers, replacesAll: true };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof MsgError && error.code === 'chain-unreachable';
}

function isContradiction(error: unknown): boolean {
  return error instanceof MsgError && error.code === 'peer-untrusted';
}
