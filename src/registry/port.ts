import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';

/** An Ethereum address in its checksummed spelling (EIP-55). */
export type Address = `0x${string}`;

/** Whether a peer may take part. */
export type PeerStatus = 'active' | 'suspended' | 'removed';

/** One published certificate of a peer. */
export interface CertificateVersion {
  /** 0, 1, 2, … in the order of publication. */
  readonly index: number;
  readonly fingerprint: Fingerprint;
  /** The leaf certificate's DER, as published. */
  readonly leaf: Uint8Array;
  /** The issuers' DER, nearest first, as published. */
  readonly chain: readonly Uint8Array[];
  /** The certificate key's signature over the binding text (docs/registry.md). */
  readonly proof: Uint8Array;
  /** The owner account at the time of publication: the one that the proof names. */
  readonly owner: Address;
  /** The block's time in Unix milliseconds. */
  readonly publishedAt: number;
  readonly revoked: { readonly reason: number; readonly at: number } | undefined;
}

/** What a peer says about itself: canonical JSON on chain, at most 8 KiB. */
export interface PeerProfile {
  /** The inbox topic; `msg.in.<peer>` where absent. */
  readonly inbox?: string;
  readonly [field: string]: unknown;
}

/** What waits for somebody's consent or for a delay to pass; each may be absent. */
export interface PendingChanges {
  /** The account that may take the peer over, as its owner offers. */
  readonly offeredOwner?: Address;
  /** Another guardian, which the present one has not consented to. */
  readonly guardian?: ScheduledChange;
  /** Another owner, put in place by the registrar. */
  readonly recovery?: ScheduledChange;
}

/** A change of account that can be completed later. */
export interface ScheduledChange {
  /** Undefined where the change is to have none. */
  readonly account: Address | undefined;
  /** Unix milliseconds. */
  readonly readyAt: number;
}

/** A peer's whole record. */
export interface PeerRecord {
  readonly name: PeerName;
  readonly owner: Address;
  readonly operator: Address | undefined;
  readonly guardian: Address | undefined;
  readonly status: PeerStatus;
  /** Changes under way: a recovery that the owner did not expect is a theft to be stopped. */
  readonly pending: PendingChanges;
  readonly profile: PeerProfile;
  /** All versions, oldest first. The last one is current, unless it is revoked. */
  readonly certificates: readonly CertificateVersion[];
  /** The sequence of the record's newest change. */
  readonly seq: bigint;
  /** The block of the record's newest change. */
  readonly block: bigint;
}

/** How far a view of the directory reaches. */
export interface DirectoryHead {
  readonly chainId: bigint;
  readonly address: Address;
  readonly seq: bigint;
  /** The contract's hash chain over all changes, 0x and 64 hexadecimal digits. */
  readonly head: string;
  readonly block: bigint;
  readonly blockHash: string;
  /** Whether the directory takes no more writes but revocations and suspensions. */
  readonly frozen: boolean;
  /** The directory that follows a frozen one: to be shown, never followed without a person's say. */
  readonly successor: Address | undefined;
  /** The block's time in Unix milliseconds. */
  readonly blockTime: number;
  /** When this view was last compared with the chain, in Unix milliseconds. */
  readonly checkedAt: number;
}

/** How fresh an answer has to be. */
export interface Freshness {
  /** Answers younger than this need no network, in milliseconds. 0 forces a look at the chain. */
  readonly maxAge: number;
  /** With the chain unreachable, how old an answer may be, in milliseconds. */
  readonly maxStale: number;
}

/** What a look at the chain has just found, or what was found before: nothing is asked. */
export const AS_IT_IS: Freshness = { maxAge: Infinity, maxStale: Infinity };

/** A look at the chain, or nothing: for what must not be decided by what was true a while ago. */
export const LOOK_NOW: Freshness = { maxAge: 0, maxStale: 0 };

/**
 * A read-only view of the on-chain directory through a local cache. Failures are MsgErrors:
 * `chain-unreachable` (nothing cached), `address-book-stale` (older than maxStale), `config` (another
 * chain or contract than configured), `peer-untrusted` (the node contradicts the hash chain).
 */
export interface AddressBook {
  /** The record of a peer, or undefined when the directory has none of that name. */
  find(name: PeerName, freshness: Freshness): Promise<PeerRecord | undefined>;
  list(freshness: Freshness): Promise<readonly PeerRecord[]>;
  /** The peer and version that a certificate belongs to, whatever its status. */
  findByCertificate(
    fingerprint: Fingerprint,
    freshness: Freshness,
  ): Promise<{ readonly peer: PeerRecord; readonly version: CertificateVersion } | undefined>;
  head(freshness: Freshness): Promise<DirectoryHead>;
  /**
   * Makes sure that the view is no older than a moment of one's own clock (Unix milliseconds), which
   * may lie ahead. For what others can cause as often as they like: however many ask, the chain is
   * looked at once a second at most, and whoever asks earlier waits.
   *
   * @throws MsgError `chain-unreachable` as soon as a look fails.
   */
  lookSince(moment: number): Promise<void>;
  /** Gives the cache file back; the address book answers no more. */
  close(): void;
}
