import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Address, PeerStatus, PendingChanges } from './port.js';

/** The directory's own state, as its contract gives it in one call. */
export interface DirectoryState {
  readonly chainId: bigint;
  /** Number of changes so far. */
  readonly seq: bigint;
  /** The hash chain over all changes: 0x and 64 hexadecimal digits. */
  readonly head: string;
  /** Number of peers ever admitted, removed ones included. */
  readonly peers: number;
  /** Whether writes have stopped for good. */
  readonly frozen: boolean;
  /** The directory that follows a frozen one, to be shown and never followed by itself. */
  readonly successor: Address | undefined;
  readonly openRegistration: boolean;
  /** In seconds. */
  readonly recoveryDelay: number;
  readonly block: bigint;
  readonly parentHash: string;
  /** Unix milliseconds. */
  readonly blockTime: number;
}

/** A block that all reads of one view are pinned to. */
export interface PinnedBlock {
  readonly number: bigint;
  readonly hash: string;
  readonly parentHash: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** The directory's state at the end of one block. */
export interface DirectoryView {
  readonly block: PinnedBlock;
  readonly state: DirectoryState;
}

/** A certificate as published: nothing of it is judged, the contract takes any bytes. */
export interface PublishedCertificate {
  readonly index: number;
  readonly fingerprint: Fingerprint;
  readonly owner: Address;
  /** Unix milliseconds. */
  readonly publishedAt: number;
  /** Unix milliseconds; undefined where not revoked. */
  readonly revokedAt: number | undefined;
  /** CRLReason; 0 where not revoked. */
  readonly reason: number;
  readonly leaf: Uint8Array;
  readonly chain: Uint8Array;
  readonly proof: Uint8Array;
}

/** A peer as the contract and the cache hold it. */
export interface DirectoryPeer {
  /** keccak256 of the name: 0x and 64 hexadecimal digits. */
  readonly id: string;
  readonly name: PeerName;
  readonly status: PeerStatus;
  readonly owner: Address;
  readonly operator: Address | undefined;
  readonly guardian: Address | undefined;
  readonly pending: PendingChanges;
  readonly seq: bigint;
  readonly block: bigint;
  /** The profile's bytes, which the contract does not look into. */
  readonly profile: Uint8Array;
  /** Oldest first, without gaps. */
  readonly certificates: readonly PublishedCertificate[];
}

/** A peer as one answer brings it: with the newest few versions only. */
export interface PartialPeer extends DirectoryPeer {
  /** Number of versions ever published. */
  readonly versions: number;
}
