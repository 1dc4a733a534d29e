import { MsgError } from '../errors.js';
import { contradiction } from './contradiction.js';
import type { DirectoryView } from './directory-peer.js';
import type { DirectoryReader } from './reader.js';

/** What one node says of the directory. */
export interface NodeView {
  readonly reader: DirectoryReader;
  readonly view: DirectoryView;
}

/** How long the other nodes may take once one has answered, in milliseconds. */
const GRACE = 1_500;

/**
 * Asks all nodes at once for the directory's state, makes sure that they tell one history, and prefers
 * the one that is furthest in it, so that a single honest node uncovers those that withhold changes.
 *
 * @returns The nodes that agree on the newest state, in the order they were given; never empty.
 * @throws MsgError `peer-untrusted` when two nodes tell different histories of one block,
 *   `address-book-stale` while they are on different forks, or the first node's failure when none
 *   answers.
 */
export async function newestViews(
  readers: readonly DirectoryReader[],
): Promise<[NodeView, ...NodeView[]]> {
  const views = await gather(readers);
  const newest = views.reduce((best, one) =>
    one.view.state.seq > best.view.state.seq ? one : best,
  );
  const others = views.filter((one) => one !== newest);
  await Promise.all(others.map((other) => requireOneHistory(newest, other)));
  return [newest, ...others.filter(({ view }) => isSameState(view, newest.view))];
}

function isSameState({ state: one }: DirectoryView, { state: other }: DirectoryView): boolean {
  return one.seq === other.seq && one.head === other.head;
}

/** Compares two nodes in the newest block that both can tell of. */
async function requireOneHistory(newest: NodeView, other: NodeView): Promise<void> {
  if (isSameState(newest.view, other.view)) return;
  for (const { view } of [newest, other]) {
    const { number } = view.block;
    const [one, two] = await Promise.all([viewAt(newest, number), viewAt(other, number)]);
    if (one === undefined || two === undefined) continue;
    if (one.block.hash !== two.block.hash) throw forked(number);
    if (isSameState(one, two)) return;
    throw contradiction(`two nodes tell different histories up to block ${number}`);
  }
}

/** A node that is out of reach by now has nothing to say. */
async function viewAt(
  { reader, view }: NodeView,
  number: bigint,
): Promise<DirectoryView | undefined> {
  if (view.block.number === number) return view;
  try {
    return await reader.viewAt(number);
  } catch (error) {
    if (error instanceof MsgError && error.code === 'chain-unreachable') return undefined;
    throw error;
  }
}

/** Not a reason to go on with what is cached: whoever lies about a block could want just that. */
function forked(number: bigint): MsgError {
  const text = `two chain nodes are on different forks in block ${number}`;
  return new MsgError('address-book-stale', text, {
    hint: 'try again in a moment; where this comes up often, raise chain.confirmations',
  });
}

async function gather(readers: readonly DirectoryReader[]): Promise<[NodeView, ...NodeView[]]> {
  const found: (NodeView | undefined)[] = readers.map(() => undefined);
  const failures: unknown[] = [];
  const all = readers.map(async (reader, index) => {
    try {
      found[index] = { reader, view: await reader.view() };
    } catch (error) {
      failures[index] = error;
      throw error;
    }
  });
  await Promise.any(all).catch(() => undefined);
  await within(GRACE, Promise.allSettled(all));
  const [first, ...others] = found.filter((view) => view !== undefined);
  if (first !== undefined) return [first, ...others];
  throw failures.find(isUnbelievable) ?? failures[0];
}

/** A node that lies is the more important news than one that is down. */
function isUnbelievable(error: unknown): boolean {
  return error instanceof MsgError && error.code === 'peer-untrusted';
}

async function within(limit: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise((resolve) => {
    timer = setTimeout(resolve, limit);
  });
  await Promise.race([work, expiry]);
  clearTimeout(timer);
}
