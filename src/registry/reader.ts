import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Confirmations } from './chain-node.js';
import { ChainNode, isRefused, quantity } from './chain-node.js';
import {
  CALLS,
  decodeAccount,
  decodeCertificates,
  decodeFlag,
  decodeList,
  decodeLookup,
  decodeScheduled,
  decodeScheduledDelay,
  decodeSeconds,
  decodeState,
} from './codec.js';
import { contradiction } from './contradiction.js';
import type {
  DirectoryPeer,
  DirectoryState,
  DirectoryView,
  PartialPeer,
  PinnedBlock,
  PublishedCertificate,
} from './directory-peer.js';
import type { ChainPoint, JournalEntry } from './journal.js';
import { followJournal } from './journal.js';
import { keccak256Hex } from './keccak.js';
import type { Address } from './port.js';
import type { AdminState, DirectoryRole } from './roles.js';
import { ROLES } from './roles.js';
import type { RpcClient } from './rpc.js';

export type { Confirmations } from './chain-node.js';

/** Which directory is read, and through which node. */
export interface ReaderOptions {
  readonly rpc: RpcClient;
  readonly chainId: bigint;
  readonly address: Address;
  /** 0 where absent: the newest block. */
  readonly confirmations?: Confirmations;
}

/** Peers of one page at first; halved whenever a node finds it too much. */
const PAGE = 100;
/** A directory beyond these is not a consortium's but an attempt to fill the memory. */
const MAX_PEERS = 100_000;
const MAX_VERSIONS = 10_000;
/** How often the log range is made smaller or moved on before listing all peers is cheaper. */
const MAX_LOG_REQUESTS = 64;
const ATTEMPTS = 5;

/**
 * Reads a directory contract through one node and takes nothing on trust: malformed answers are
 * `peer-untrusted`, a node that cannot answer is `chain-unreachable`. One reader is for one
 * synchronisation or command; it bounds what the node may send in all.
 */
export class DirectoryReader {
  readonly #options: ReaderOptions;
  readonly #node: ChainNode;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#node = new ChainNode(options.rpc);
  }

  /**
   * Makes sure that this is the right chain and that a contract with the right code is there.
   *
   * @param codeHash keccak256 of the runtime code that a peer directory has.
   * @throws MsgError `config`
   */
  async check(codeHash: string): Promise<void> {
    const { chainId, address } = this.#options;
    const actual = await this.#node.chainId();
    if (actual !== chainId) {
      throw new MsgError('config', `the node is on chain ${actual}, not on chain ${chainId}`, {
        hint: "check the node's address and the profile's chain id",
      });
    }
    const code = await this.#node.code(address);
    if (keccak256Hex(code) === codeHash) return;
    const what = code.length === 0 ? 'no contract' : 'another contract';
    throw new MsgError('config', `there is ${what} at ${address} on chain ${chainId}`, {
      hint: 'check the address of the directory, or pin the code hash of an older release of it',
    });
  }

  /** The directory's state and the block it was read in. */
  async view(): Promise<DirectoryView> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const tag = await this.#node.confirmedTag(this.#options.confirmations ?? 0);
      const [block, state] = await Promise.all([this.#node.block(tag), this.#state(tag)]);
      if (block === undefined) continue;
      if (state.block === block.number && state.parentHash === block.parentHash) {
        return { block, state };
      }
    }
    throw unsteady();
  }

  /**
   * The directory's state as it was in a block of the node's present chain; undefined when the node
   * does not have that block yet, or does not keep so much of the past.
   */
  async viewAt(number: bigint): Promise<DirectoryView | undefined> {
    const tag = quantity(number);
    try {
      const [block, state] = await Promise.all([this.#node.block(tag), this.#state(tag)]);
      return block === undefined ? undefined : { block, state };
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
  }

  /** A block of the node's present chain, or undefined when the chain is not that long. */
  async block(number: bigint): Promise<PinnedBlock | undefined> {
    return this.#node.block(quantity(number));
  }

  /** One peer with all its versions; undefined when the name was never given out. */
  async peer(name: PeerName, view: DirectoryView): Promise<DirectoryPeer | undefined> {
    const { state, peer } = decodeLookup(await this.#read(CALLS.lookup(name), view));
    requireSameState(state, view);
    if (peer !== undefined && peer.name !== name) throw contradiction('a peer of another name');
    return peer === undefined ? undefined : this.#complete(peer, view);
  }

  /** All peers with all their versions. */
  async peers(view: DirectoryView): Promise<DirectoryPeer[]> {
    const total = view.state.peers;
    if (total > MAX_PEERS) throw contradiction(`a directory of ${total} peers`);
    const found = new Map<string, DirectoryPeer>();
    let size = PAGE;
    while (found.size < total) {
      const page = await this.#page(found.size, size, view);
      if (page === undefined) {
        size = Math.ceil(size / 2);
        continue;
      }
      const before = found.size;
      for (const peer of page) found.set(peer.id, await this.#complete(peer, view));
      if (page.length === 0 || found.size !== before + page.length || found.size > total) {
        throw contradiction(`its list of peers is not of ${total} different ones`);
      }
    }
    await this.#requireStillThere(view);
    return [...found.values()];
  }

  /**
   * The changes after a point of the hash chain up to a view.
   *
   * @param after The block whose changes are all known.
   * @returns undefined when the node does not give so many logs.
   */
  async journal(
    from: ChainPoint,
    after: bigint,
    view: DirectoryView,
  ): Promise<JournalEntry[] | undefined> {
    const logs: unknown[] = [];
    const last = view.block.number;
    let span = last - after;
    let first = after + 1n;
    for (let request = 0; first <= last; request += 1) {
      if (request === MAX_LOG_REQUESTS) return undefined;
      const end = first + span - 1n < last ? first + span - 1n : last;
      const part = await this.#node.logs(this.#options.address, first, end);
      if (part === undefined) {
        if (span === 1n) return undefined;
        span = (span + 3n) / 4n;
        continue;
      }
      logs.push(...part);
      first = end + 1n;
    }
    return followJournal(logs, from, view.state);
  }

  /** Who gives out the roles, and what is about to change there. */
  async governance(view: DirectoryView): Promise<AdminState> {
    const { defaultAdmin, pendingAdmin, adminDelay, pendingAdminDelay } = CALLS;
    return {
      admin: decodeAccount(await this.#read(defaultAdmin(), view)),
      next: decodeScheduled(await this.#read(pendingAdmin(), view)),
      delay: decodeSeconds(await this.#read(adminDelay(), view)),
      nextDelay: decodeScheduledDelay(await this.#read(pendingAdminDelay(), view)),
    };
  }

  /** Whether an account has a role in the directory's government. */
  async hasRole(role: DirectoryRole, account: Address, view: DirectoryView): Promise<boolean> {
    return decodeFlag(await this.#read(CALLS.hasRole(ROLES[role], account), view));
  }

  async #complete(peer: PartialPeer, view: DirectoryView): Promise<DirectoryPeer> {
    const { versions, ...rest } = peer;
    if (versions > MAX_VERSIONS) throw contradiction(`${versions} versions of ${peer.name}`);
    const missing = versions - peer.certificates.length;
    const earlier: PublishedCertificate[] = [];
    while (earlier.length < missing) {
      const count = Math.min(missing - earlier.length, PAGE);
      const call = CALLS.certificates(peer.id, earlier.length, count);
      const page = decodeCertificates(await this.#read(call, view));
      const isNext = page.every(({ index }, position) => index === earlier.length + position);
      if (page.length === 0 || page.length > count || !isNext) {
        throw contradiction(`versions of ${peer.name} are missing`);
      }
      earlier.push(...page);
    }
    return { ...rest, certificates: [...earlier, ...peer.certificates] };
  }

  async #page(
    from: number,
    size: number,
    view: DirectoryView,
  ): Promise<readonly PartialPeer[] | undefined> {
    let answer: unknown;
    try {
      answer = await this.#read(CALLS.list(from, size), view);
    } catch (error) {
      if (size > 1 && isRefused(error)) return undefined;
      throw error;
    }
    const { state, page } = decodeList(answer);
    requireSameState(state, view);
    return page;
  }

  async #state(tag: string): Promise<DirectoryState> {
    const state = decodeState(await this.#node.read(this.#options.address, CALLS.state(), tag));
    if (state.chainId === this.#options.chainId) return state;
    throw contradiction(`the directory says that it is on chain ${state.chainId}`);
  }

  /** Whether all that was read belongs together: the view's block is still in the chain. */
  async #requireStillThere(view: DirectoryView): Promise<void> {
    const block = await this.block(view.block.number);
    if (block?.hash !== view.block.hash) throw unsteady();
  }

  async #read(data: string, view: DirectoryView): Promise<unknown> {
    return this.#node.read(this.#options.address, data, quantity(view.block.number));
  }
}

function requireSameState(state: DirectoryState, view: DirectoryView): void {
  const { seq, head, parentHash } = view.state;
  if (state.seq === seq && state.head === head && state.parentHash === parentHash) return;
  throw unsteady();
}

function unsteady(): MsgError {
  return new MsgError('chain-unreachable', 'the chain node changed its chain while it was read', {
    hint: 'try again in a moment',
  });
}
