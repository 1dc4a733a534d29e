import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { applyEntry } from './apply.js';
import type { AddressBookCache, CachedHead, CacheUpdate } from './cache.js';
import { genesisOf, isReorganised, keepRevocations, requireContinuation } from './continuity.js';
import { contradiction } from './contradiction.js';
import type { DirectoryPeer, DirectoryView } from './directory-peer.js';
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
  /** Whether the views are of blocks that the chain has called final. */
  readonly isFinal: boolean;
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
    const look: Look = { ...options, checkedAt: options.clock() };
    const views = await newestViews(options.readers);
    requireMovingChain(views[0], options);
    const isApplied = await firstBelievable(views, async (node) =>
      options.cache.apply(await planUpdate(node, basis, look), basis),
    );
    // Not applied means that another process was faster and that this one starts from its result.
    if (isApplied) return;
  }
}

/** One attempt, and when it began: what comes later may have changed meanwhile. */
interface Look extends SyncOptions {
  /** Unix milliseconds. */
  readonly checkedAt: number;
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
  look: Look,
): Promise<CacheUpdate> {
  if (basis === undefined) {
    const genesis = await genesisOf(reader);
    const peers = await reader.peers(view);
    return { head: headOf(view, genesis, look), peers: () => peers, replacesAll: true };
  }
  const head = headOf(view, basis.genesis, look);
  if (view.state.seq === basis.seq && view.state.head === basis.head) {
    return { head, peers: () => [], replacesAll: false };
  }
  const entries = await changesSince(basis, reader, view);
  if (entries !== undefined) {
    return { head, peers: () => replay(entries, look.cache), replacesAll: false };
  }
  return relist({ reader, view, basis, head }, look);
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

async function relist(listing: Relisting, look: Look): Promise<CacheUpdate> {
  const { reader, view, basis, head } = listing;
  const reorganised = await isReorganised(basis, reader, view);
  if (reorganised && look.isFinal) {
    throw contradiction(`block ${basis.block}, which was final, is gone`);
  }
  if (!reorganised && view.state.seq <= basis.seq) {
    throw contradiction(`it takes back changes up to ${basis.seq} in a block that still stands`);
  }
  const peers = await reader.peers(view);
  if (reorganised) {
    look.onWarning(`the chain was reorganised: block ${basis.block} is gone, all peers were read`);
  }
  const continued = (): DirectoryPeer[] => {
    const known = look.cache.list();
    if (!reorganised) requireContinuation(known, peers);
    return keepRevocations(known, peers);
  };
  return { head, peers: continued, replacesAll: true };
}

function headOf(view: DirectoryView, genesis: string, look: Look): CachedHead {
  const { chainId, seq, head, frozen, successor } = view.state;
  const { number, hash, time } = view.block;
  return {
    ...{ chainId, address: look.cache.address, genesis, seq, head, frozen, successor },
    ...{ block: number, blockHash: hash, blockTime: time, checkedAt: look.checkedAt },
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof MsgError && error.code === 'chain-unreachable';
}

function isContradiction(error: unknown): boolean {
  return error instanceof MsgError && error.code === 'peer-untrusted';
}
