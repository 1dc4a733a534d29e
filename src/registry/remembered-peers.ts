import type { DirectoryPeer } from './directory-peer.js';

/** How many peers are remembered; the one that was asked for longest ago makes room. */
const CAPACITY = 512;

interface Remembered {
  readonly head: string;
  readonly peer: DirectoryPeer;
}

/**
 * The peers that were read last, each for as long as the directory's head is the one it was read at:
 * the head is a hash chain over every change, so the same head means the same record. A peer that has
 * rotated for years has many versions, and every message of it asks for all of them.
 */
export class RememberedPeers {
  readonly #peers = new Map<string, Remembered>();

  /**
   * The peer with this key.
   *
   * @param head what the record depends on: the directory, its head and the pinned block.
   */
  get(key: string, head: string, read: () => DirectoryPeer): DirectoryPeer {
    const known = this.#peers.get(key);
    this.#peers.delete(key);
    const peer = known?.head === head ? known.peer : read();
    this.#peers.set(key, { head, peer });
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > CAPACITY && oldest !== undefined) this.#peers.delete(oldest);
    return peer;
  }
}
