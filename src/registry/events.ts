import type { Fingerprint } from '../domain/fingerprint.js';
import { isPeerName } from '../domain/peer-name.js';
import type { PeerName } from '../domain/peer-name.js';
import type { AbiReader } from './abi/reader.js';
import { AbiError } from './abi/reader.js';
import { decode, readAccount, readFingerprint, readTime } from './codec.js';
import type { PublishedCertificate } from './directory-peer.js';
import type { JournalEntry } from './journal.js';
import { keccak256Hex } from './keccak.js';
import type { Address } from './port.js';

/** A change of the directory. Those that alter no peer's record are `other`. */
export type DirectoryEvent =
  | {
      readonly kind: 'admitted';
      readonly name: PeerName;
      readonly owner: Address;
      readonly guardian: Address | undefined;
    }
  | { readonly kind: 'suspended' | 'reinstated' | 'removed' }
  | { readonly kind: 'profile'; readonly profile: Uint8Array }
  | { readonly kind: 'published'; readonly certificate: PublishedCertificate }
  | {
      readonly kind: 'revoked';
      readonly fingerprint: Fingerprint;
      readonly reason: number;
      readonly revokedAt: number;
    }
  | { readonly kind: 'operator'; readonly operator: Address | undefined }
  | { readonly kind: 'offered'; readonly account: Address | undefined }
  | {
      readonly kind: 'owner';
      readonly owner: Address;
      readonly guardian: Address | undefined;
    }
  | { readonly kind: 'guardian'; readonly guardian: Address | undefined }
  | {
      readonly kind: 'guardian-scheduled' | 'recovery-scheduled';
      readonly account: Address | undefined;
      readonly readyAt: number;
    }
  | { readonly kind: 'guardian-cancelled' | 'recovery-cancelled' }
  | { readonly kind: 'other' };

type Reader = (reader: AbiReader) => DirectoryEvent;

const EVENTS: Readonly<Record<string, Reader>> = {
  'PeerAdmitted(bytes32,string,address,address,address)': (reader) => ({
    kind: 'admitted',
    name: readName(reader),
    owner: required(readAccount(reader)),
    guardian: readAccount(reader),
  }),
  'PeerSuspended(bytes32,address)': () => ({ kind: 'suspended' }),
  'PeerReinstated(bytes32,address)': () => ({ kind: 'reinstated' }),
  'PeerRemoved(bytes32,address)': () => ({ kind: 'removed' }),
  'ProfilePublished(bytes32,bytes,address)': (reader) => ({
    kind: 'profile',
    profile: reader.bytes(),
  }),
  'CertificatePublished(bytes32,uint32,bytes32,address,uint64,bytes,bytes,bytes,address)': (
    reader,
  ) => ({ kind: 'published', certificate: readPublished(reader) }),
  'CertificateRevoked(bytes32,uint32,bytes32,uint8,uint64,address)': (reader) => {
    reader.uint(32);
    return {
      kind: 'revoked',
      fingerprint: readFingerprint(reader),
      reason: reader.smallUint(8),
      revokedAt: readTime(reader),
    };
  },
  'OperatorChanged(bytes32,address,address)': (reader) => ({
    kind: 'operator',
    operator: readAccount(reader),
  }),
  'OwnershipOffered(bytes32,address,address)': (reader) => ({
    kind: 'offered',
    account: readAccount(reader),
  }),
  'OwnerChanged(bytes32,address,address,address)': (reader) => ({
    kind: 'owner',
    owner: required(readAccount(reader)),
    guardian: readAccount(reader),
  }),
  'GuardianChangeScheduled(bytes32,address,uint64,address)': (reader) => ({
    kind: 'guardian-scheduled',
    account: readAccount(reader),
    readyAt: readTime(reader),
  }),
  'GuardianChangeCancelled(bytes32,address)': () => ({ kind: 'guardian-cancelled' }),
  'GuardianChanged(bytes32,address,address)': (reader) => ({
    kind: 'guardian',
    guardian: readAccount(reader),
  }),
  'RecoveryScheduled(bytes32,address,uint64,address)': (reader) => ({
    kind: 'recovery-scheduled',
    account: readAccount(reader),
    readyAt: readTime(reader),
  }),
  'RecoveryCancelled(bytes32,address)': () => ({ kind: 'recovery-cancelled' }),
  'DirectoryFrozen(bytes32,address,address)': () => ({ kind: 'other' }),
  'OpenRegistrationSwitched(bytes32,bool,address)': () => ({ kind: 'other' }),
  'RoleChanged(bytes32,bytes32,address,bool,address)': () => ({ kind: 'other' }),
};

const BY_SELECTOR = new Map(
  Object.entries(EVENTS).map(([signature, read]) => [keccak256Hex(signature), read]),
);

/** The signatures of all events that a reader understands. */
export const EVENT_SIGNATURES: readonly string[] = Object.keys(EVENTS);

/**
 * Decodes one change.
 *
 * @throws MsgError `peer-untrusted` for a kind that this contract does not have, or malformed data.
 */
export function decodeEvent(entry: JournalEntry): DirectoryEvent {
  return decode(entry.data, (reader) => {
    const read = BY_SELECTOR.get(entry.kind);
    if (read === undefined) throw new AbiError(`a change of an unknown kind ${entry.kind}`);
    return read(reader);
  });
}

function readPublished(reader: AbiReader): PublishedCertificate {
  return {
    index: Number(reader.uint(32)),
    fingerprint: readFingerprint(reader),
    owner: required(readAccount(reader)),
    publishedAt: readTime(reader),
    leaf: reader.bytes(),
    chain: reader.bytes(),
    proof: reader.bytes(),
    revokedAt: undefined,
    reason: 0,
  };
}

function readName(reader: AbiReader): PeerName {
  const name = reader.string();
  if (isPeerName(name)) return name;
  throw new AbiError('a name that is not one');
}

function required(account: Address | undefined): Address {
  if (account !== undefined) return account;
  throw new AbiError('an owner that is nobody');
}
