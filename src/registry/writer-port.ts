import type { PeerName } from '../domain/peer-name.js';
import type { Address } from './port.js';
import type { Confirmations } from './chain-node.js';
import type { DirectoryRole } from './roles.js';
import type { RpcOptions } from './rpc.js';

/** Who signs a transaction. */
export type AccountSource =
  | {
      /** A V3 key store (Web3 Secret Storage) and its passphrase. */
      readonly kind: 'keystore';
      readonly json: string;
      readonly passphrase: string;
    }
  | {
      /** A private key as 0x and 64 hexadecimal digits, for tests and sandboxes. */
      readonly kind: 'key';
      readonly privateKey: string;
    }
  | {
      /** A signer that takes `eth_sendTransaction`, such as Web3Signer or Clef. */
      readonly kind: 'external';
      readonly address: Address;
      readonly rpc: RpcOptions;
    };

/**
 * How gas is paid: `auto` as the chain's newest block suggests, `legacy` with a gas price (type 0),
 * `free` with a gas price of 0 for chains that ask for none.
 */
export type FeePolicy = 'auto' | 'legacy' | 'free';

/** How changes of a directory are sent. */
export interface WriterOptions {
  readonly rpc: RpcOptions;
  readonly chainId: bigint;
  readonly account: AccountSource;
  /** `auto` where absent. */
  readonly fees?: FeePolicy;
  /** What has to lie on top of a transaction before it counts; 0 where absent. */
  readonly confirmations?: Confirmations;
  /** Where the lock files lie that keep one account's transactions in a row. */
  readonly lockDirectory: string;
  /** Whether to show the call and its gas instead of sending it. */
  readonly dryRun?: boolean;
  /** How long to wait for the transaction to count, in milliseconds; 120,000 where absent. */
  readonly timeout?: number;
  /** How often to look for it, in milliseconds; 250 where absent. */
  readonly pollInterval?: number;
}

/** What became of a change. */
export type WriteOutcome =
  | {
      readonly kind: 'written';
      /** The transaction's hash. */
      readonly transaction: string;
      readonly from: Address;
      readonly block: bigint;
      readonly gasUsed: bigint;
    }
  | {
      readonly kind: 'dry-run';
      readonly from: Address;
      /** Undefined where the call makes a new contract. */
      readonly to: Address | undefined;
      /** The function with its arguments, shortened for reading. */
      readonly call: string;
      readonly data: string;
      /** As the node estimates it; the call would succeed now. */
      readonly gas: bigint;
    };

/** A new peer. */
export interface Admission {
  readonly name: PeerName;
  readonly owner: Address;
  readonly guardian?: Address;
}

/** The next version of a peer's certificate. */
export interface Publication {
  readonly name: PeerName;
  /** The number of versions so far. */
  readonly index: number;
  readonly leaf: Uint8Array;
  /** The issuers' DER, nearest first, without the trust anchor. */
  readonly chain: readonly Uint8Array[];
  readonly proof: Uint8Array;
}

/** A directory to be made. */
export interface Deployment {
  /** Gives out the roles. */
  readonly admin: Address;
  /** Seconds between the two steps of handing over the admin's part. */
  readonly adminDelay: number;
  /** Seconds before a recovery by the registrar or an unapproved change of guardian can be completed. */
  readonly recoveryDelay: number;
  /** Whether anyone may register a free name. */
  readonly openRegistration: boolean;
}

/**
 * Changes of one directory. Failures are MsgErrors: `not-authorised`, `usage`, `peer-unknown`,
 * `peer-inactive`, `too-large` (what the contract refuses), `account` (a key store that does not
 * open, no money for gas), `passphrase`, `config` (another chain), `chain-unreachable`, `timeout`
 * (sent, but not seen in a block in time).
 */
export interface DirectoryWriter {
  /** The account that signs. */
  readonly from: Address;
  admit(admission: Admission): Promise<WriteOutcome>;
  register(name: PeerName, guardian?: Address): Promise<WriteOutcome>;
  publish(publication: Publication): Promise<WriteOutcome>;
  /** @param profile Canonical JSON, at most 8 KiB. */
  setProfile(name: PeerName, profile: Uint8Array): Promise<WriteOutcome>;
  /** @param reason CRLReason 0 to 5, 9 or 10. */
  revoke(name: PeerName, index: number, reason: number): Promise<WriteOutcome>;
  suspend(name: PeerName): Promise<WriteOutcome>;
  /** Lifts a suspension. */
  reinstate(name: PeerName): Promise<WriteOutcome>;
  remove(name: PeerName): Promise<WriteOutcome>;
  /** @param operator Undefined for none from now on. */
  setOperator(name: PeerName, operator: Address | undefined): Promise<WriteOutcome>;
  /** @param newOwner Undefined to withdraw the offer. */
  offerOwnership(name: PeerName, newOwner: Address | undefined): Promise<WriteOutcome>;
  acceptOwnership(name: PeerName): Promise<WriteOutcome>;
  /** The guardian's way to another owner. */
  recover(name: PeerName, newOwner: Address): Promise<WriteOutcome>;
  changeGuardian(name: PeerName, newGuardian: Address | undefined): Promise<WriteOutcome>;
  confirmGuardian(name: PeerName, newGuardian: Address | undefined): Promise<WriteOutcome>;
  cancelGuardianChange(name: PeerName): Promise<WriteOutcome>;
  scheduleRecovery(name: PeerName, newOwner: Address): Promise<WriteOutcome>;
  cancelRecovery(name: PeerName): Promise<WriteOutcome>;
  acceptRecovery(name: PeerName): Promise<WriteOutcome>;
  setOpenRegistration(open: boolean): Promise<WriteOutcome>;
  /** Stops writes for good. */
  freeze(successor: Address | undefined): Promise<WriteOutcome>;
  grantRole(role: DirectoryRole, account: Address): Promise<WriteOutcome>;
  revokeRole(role: DirectoryRole, account: Address): Promise<WriteOutcome>;
  /** Gives up a role of one's own; `admin` after a transfer to nobody has been begun and its delay is over. */
  renounceRole(role: DirectoryRole | 'admin'): Promise<WriteOutcome>;
  /** @param newAdmin Undefined for nobody. */
  beginAdminTransfer(newAdmin: Address | undefined): Promise<WriteOutcome>;
  acceptAdminTransfer(): Promise<WriteOutcome>;
  cancelAdminTransfer(): Promise<WriteOutcome>;
  /** @param seconds Between the two steps; a change takes a while to count itself. */
  changeAdminDelay(seconds: number): Promise<WriteOutcome>;
}
