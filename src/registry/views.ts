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
 * Asks all nodes at once for the directory's state and prefers the longest history, so that a single
 * honest node uncovers those that withhold changes.
 *
 * @returns The nodes that agree on the newest state, in the order they were given; never empty.
 * @throws MsgError `peer-untrusted` when two nodes tell different histories of the same length, or
 *   the first node's failure when none answers.
 */
export async function newestViews(
  readers: readonly DirectoryReader[],
): Promise<[NodeView, ...NodeView[]]> {
  const views = await gather(readers);
  const newest = views.reduce((best, one) =>
    one.view.state.seq > best.view.state.seq ? one : best,
  );
  const rivals = views.filter(
    (one) => one !== newest && one.view.state.seq === newest.view.state.seq,
  );
  if (rivals.every(({ view }) => view.state.head === newest.view.state.head)) {
    return [newest, ...rivals];
  }
  throw contradiction(`two nodes tell different histories of ${newest.view.state.seq} changes`);
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
