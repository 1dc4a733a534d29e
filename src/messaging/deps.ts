import type { Clock, RandomSource } from '../domain/environment.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';
import type { OwnKey } from '../envelope/types.js';
import type { Ledger, PendingLimits } from '../ledger/port.js';
import type { AddressBook, Freshness } from '../registry/port.js';
import type { Spool } from '../spool/spool.js';
import type { Transport } from '../transport/port.js';
import type { Certificate } from '../x509/certificate.js';
import type { CertificateJudge } from './verify-peer.js';

/** The pair that signs, and the issuers to send along. */
export interface SigningKey {
  readonly own: OwnKey;
  readonly chain: readonly Certificate[];
}

/** Everything the core works with, as plain arguments. */
export interface MessagingDeps {
  readonly self: PeerName;
  /** A name for this process's claims in the ledger; no two live processes share one. */
  readonly owner: string;
  /** Whether the owner of such a claim is certainly no more: its claims are free at once. */
  readonly isGone: (owner: string) => boolean;
  /** The pair that the operator chose to sign with. */
  readonly signingKey: () => Promise<SigningKey>;
  /** Another pair of the store that may sign, by its certificate; undefined where there is none. */
  readonly formerKey: (certificate: Fingerprint) => Promise<SigningKey | undefined>;
  /**
   * Every pair that may open what comes in, former ones included. With `look` also one that came into
   * the store a moment ago.
   */
  readonly openingKeys: (options?: { readonly look: boolean }) => Promise<readonly OwnKey[]>;
  readonly book: AddressBook;
  readonly freshness: Freshness;
  /** How long a change of the directory takes to reach every peer, in milliseconds. */
  readonly settling: number;
  readonly judge: CertificateJudge;
  readonly transport: Transport;
  readonly ledger: Ledger;
  /** Larger sealed messages are refused unopened; in bytes. */
  readonly largestSealed: number;
  /** Where payloads lie that are too large for a record. */
  readonly spool: Spool;
  readonly fileLimits: FileLimits;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly warn: (sentence: string) => void;
}

/** What is taken in of payloads that come in chunks, and for how long those that were sent are kept. */
export interface FileLimits {
  /** The largest payload, in bytes. */
  readonly largest: number;
  readonly pending: PendingLimits;
  /** For how long nothing may come of a file before it is given up, in milliseconds. */
  readonly patience: number;
  /** For how long what was sent waits to be confirmed before it is sent again, in milliseconds. */
  readonly resendAfter: number;
  /** For how long what was sent is kept for those who do not confirm it, in milliseconds. */
  readonly keepFor: number;
}

/** The inbox topic of a peer whose profile names none. */
export function defaultInbox(peer: PeerName): string {
  return `msg.in.${peer}`;
}

/** The consumer group that reads a peer's inbox. */
export function inboxGroup(peer: PeerName): string {
  return `msg.${peer}`;
}
