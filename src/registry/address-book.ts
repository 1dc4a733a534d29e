import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain/environment.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { AddressBookCache } from './cache.js';
import type { CachedHead } from './cache.js';
import type {
  Address,
  AddressBook,
  CertificateVersion,
  DirectoryHead,
  Freshness,
  PeerRecord,
} from './port.js';
import type { Confirmations } from './chain-node.js';
import { toRecord } from './record.js';
import type { RpcOptions } from './rpc.js';

/** Which directory an address book shows, and how it is reached. */
export interface AddressBookOptions {
  /** The SQLite file of the cache; several address books and processes may share it. */
  readonly path: string;
  readonly chainId: bigint;
  /** Its checksum is looked at before the first look at the chain, and is right once the cache knows it. */
  readonly address: Address;
  readonly rpc: RpcOptions;
  /** Blocks on top before a change counts, or the chain's own finality; 0 where absent. */
  readonly confirmations?: Confirmations;
  /** keccak256 of the contract's runtime code; that of this release where absent. */
  readonly codeHash?: string;
  /** A newest block older than this, in milliseconds, means that the node stands still. */
  readonly maxBlockAge?: number;
  readonly clock: Clock;
  /** Waits so many milliseconds of that clock. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** Told what the operator should know though an answer could be given; one sentence. */
  readonly onWarning?: (text: string) => void;
}

/**
 * In milliseconds, for all callers together: how soon a name or certificate that the cache does not
 * know makes it look at the chain again, and how soon an unreachable chain is tried again at the
 * earliest.
 */
const PATIENCE = 5_000;

/** How often the chain is looked at on behalf of messages, for all their senders together. */
const LOOK_INTERVAL = 1_000;

/**
 * Opens the address book. Answers younger than `maxAge` come from the cache alone: no network, no
 * ethers. A revocation is therefore seen after at most `maxAge` plus the time to a confirmed block,
 * or `maxStale` while no node can be reached.
 */
export function openAddressBook(options: AddressBookOptions): AddressBook {
  return new CachedAddressBook(options);
}

class CachedAddressBook implements AddressBook {
  readonly #options: AddressBookOptions;
  readonly #cache: AddressBookCache;
  #synchronising: Promise<void> | undefined;
  #triedAt = -Infinity;
  #warnedOf: MsgError | undefined;
  #failure: { readonly error: MsgError; readonly until: number } | undefined;

  constructor(options: AddressBookOptions) {
    this.#options = options;
    this.#cache = new AddressBookCache(options);
  }

  async find(name: PeerName, freshness: Freshness): Promise<PeerRecord | undefined> {
    const peer = await this.#lookUp(freshness, () => this.#cache.find(name));
    return peer === undefined ? undefined : toRecord(peer);
  }

  async list(freshness: Freshness): Promise<readonly PeerRecord[]> {
    await this.head(freshness);
    return this.#cache.list().map(toRecord);
  }

  async findByCertificate(
    fingerprint: Fingerprint,
    freshness: Freshness,
  ): Promise<{ peer: PeerRecord; version: CertificateVersion } | undefined> {
    const owners = await this.#lookUp(freshness, () => {
      const found = this.#cache.ownersOf(fingerprint);
      return found.length === 0 ? undefined : found;
    });
    const found = (owners ?? []).map(toRecord).flatMap((peer) => {
      const version = peer.certificates.find((one) => one.fingerprint === fingerprint);
      return version === undefined ? [] : [{ peer, version }];
    });
    if (found.length < 2) return found[0];
    // Anyone can publish a copy of a certificate, but not prove to hold its key.
    const { withProof } = await import('./with-proof.js');
    return withProof(found, this.#options);
  }

  async head(freshness: Freshness): Promise<DirectoryHead> {
    const head = this.#cache.head();
    if (head !== undefined && this.#ageOf(head) < freshness.maxAge) return head;
    try {
      await this.#synchronise(freshness.maxAge === 0);
    } catch (error) {
      this.#tolerate(error, head, freshness);
    }
    const present = this.#cache.head();
    if (present !== undefined) return present;
    throw new MsgError('bug', 'the address book is empty after it was filled');
  }

  async lookSince(moment: number): Promise<void> {
    const { clock, pause = sleep } = this.#options;
    for (;;) {
      const now = clock();
      const checkedAt = this.#cache.head()?.checkedAt ?? -Infinity;
      if (checkedAt >= moment && checkedAt <= now) return;
      if (this.#synchronising !== undefined && this.#triedAt >= moment) {
        await this.#synchronising;
        continue;
      }
      const next = Math.max(moment, Math.min(this.#triedAt, now) + LOOK_INTERVAL);
      if (next > now) await pause(next - now);
      else await this.#synchronise(true);
    }
  }

  close(): void {
    this.#cache.close();
  }

  /** Looks twice before it says that something is not there: what is new has to be asked for. */
  async #lookUp<T>(freshness: Freshness, find: () => T | undefined): Promise<T | undefined> {
    const head = await this.head(freshness);
    const found = find();
    if (found !== undefined || this.#ageOf(head) < PATIENCE) return found;
    await this.head({ ...freshness, maxAge: PATIENCE });
    return find();
  }

  /** Negative ages, after the clock was set back, count as infinite. */
  #ageOf(head: CachedHead | DirectoryHead): number {
    const age = this.#options.clock() - head.checkedAt;
    return age < 0 ? Infinity : age;
  }

  async #synchronise(isForced: boolean): Promise<void> {
    const now = this.#options.clock();
    if (
      this.#failure !== undefined &&
      !isForced &&
      this.#triedAt <= now &&
      now < this.#failure.until
    ) {
      throw this.#failure.error;
    }
    this.#synchronising ??= this.#lookAtChain().finally(() => {
      this.#synchronising = undefined;
    });
    return this.#synchronising;
  }

  async #lookAtChain(): Promise<void> {
    this.#triedAt = this.#options.clock();
    try {
      const { lookAtChain } = await import('./look-at-chain.js');
      await lookAtChain(this.#cache, this.#options);
      this.#failure = undefined;
    } catch (error) {
      this.#remember(error);
      throw error;
    }
  }

  /** A node that hangs is asked again after as long as it took to give it up: others wait meanwhile. */
  #remember(error: unknown): void {
    const now = this.#options.clock();
    const until = now + Math.max(PATIENCE, now - this.#triedAt);
    this.#failure = error instanceof MsgError ? { error, until } : undefined;
  }

  /** Goes on with what the cache holds, while that is allowed. */
  #tolerate(error: unknown, head: CachedHead | undefined, { maxStale }: Freshness): void {
    if (!(error instanceof MsgError) || error.code !== 'chain-unreachable' || head === undefined) {
      throw error;
    }
    const age = this.#ageOf(head);
    const seconds = Math.round(age / 1000);
    if (age <= maxStale) {
      // Until the chain is asked again it is the same failure, however often the book is consulted.
      if (this.#warnedOf !== error) {
        this.#options.onWarning?.(`${error.message}; the address book is ${seconds} s old`);
      }
      this.#warnedOf = error;
      return;
    }
    throw new MsgError(
      'address-book-stale',
      `the address book is ${seconds} s old, more than the ${Math.round(maxStale / 1000)} s allowed: ${error.message}`,
      { hint: error.hint ?? 'make a chain node reachable again', cause: error },
    );
  }
}
