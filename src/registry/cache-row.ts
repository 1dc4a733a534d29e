import { isFingerprint } from '../domain/fingerprint.js';
import type { Fingerprint } from '../domain/fingerprint.js';
import { isPeerName } from '../domain/peer-name.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Row } from '../sqlite/row.js';
import { isAddress } from './address-shape.js';
import type { DirectoryPeer, PublishedCertificate } from './directory-peer.js';
import type {
  Address,
  DirectoryHead,
  PeerStatus,
  PendingChanges,
  ScheduledChange,
} from './port.js';

/** A head with the hash of block 0, which tells chains apart that share a chain id. */
export interface CachedHead extends DirectoryHead {
  readonly genesis: string;
}

/** Reads a row of `directory`, whose address is its key in lower case. */
export function readHeadRow(row: Row, address: Address): CachedHead {
  return {
    chainId: BigInt(row.text('chain_id')),
    address,
    genesis: row.text('genesis'),
    seq: BigInt(row.text('seq')),
    head: row.text('head'),
    block: BigInt(row.text('block')),
    blockHash: row.text('block_hash'),
    blockTime: row.integer('block_time'),
    frozen: row.integer('frozen') === 1,
    successor: addressOrNone(row.textOrNone('successor')),
    checkedAt: row.integer('checked_at'),
  };
}

/** Reads a row of `peer`. */
export function readPeerRow(
  row: Row,
  certificates: readonly PublishedCertificate[],
): DirectoryPeer {
  return {
    id: row.text('id'),
    name: nameOf(row.text('name')),
    status: statusOf(row.text('status')),
    owner: addressOf(row.text('owner')),
    operator: addressOrNone(row.textOrNone('operator')),
    guardian: addressOrNone(row.textOrNone('guardian')),
    pending: readPending(row.text('pending')),
    seq: BigInt(row.text('seq')),
    block: BigInt(row.text('block')),
    profile: row.bytes('profile'),
    certificates,
  };
}

/** Reads a row of `certificate`. */
export function readCertificateRow(row: Row): PublishedCertificate {
  return {
    index: row.integer('version'),
    fingerprint: fingerprintOf(row.text('fingerprint')),
    owner: addressOf(row.text('owner')),
    publishedAt: row.integer('published_at'),
    revokedAt: row.integerOrNone('revoked_at'),
    reason: row.integer('reason'),
    leaf: row.bytes('leaf'),
    chain: row.bytes('chain'),
    proof: row.bytes('proof'),
  };
}

/** Pending changes as JSON text. */
export function writtenPending(pending: PendingChanges): string {
  return JSON.stringify(pending);
}

function readPending(text: string): PendingChanges {
  const value = JSON.parse(text) as unknown;
  const fields: Record<string, unknown> =
    typeof value === 'object' && value !== null ? { ...value } : {};
  const { offeredOwner, guardian, recovery } = fields;
  return {
    ...(typeof offeredOwner === 'string' ? { offeredOwner: addressOf(offeredOwner) } : {}),
    ...(guardian === undefined ? {} : { guardian: readScheduled(guardian) }),
    ...(recovery === undefined ? {} : { recovery: readScheduled(recovery) }),
  };
}

function readScheduled(value: unknown): ScheduledChange {
  if (typeof value !== 'object' || value === null || !('readyAt' in value))
    throw damaged('pending');
  const account = 'account' in value ? value.account : undefined;
  return {
    account: typeof account === 'string' ? addressOf(account) : undefined,
    readyAt: Number(value.readyAt),
  };
}

function nameOf(text: string): PeerName {
  if (isPeerName(text)) return text;
  throw damaged('name');
}

function fingerprintOf(text: string): Fingerprint {
  if (isFingerprint(text)) return text;
  throw damaged('fingerprint');
}

function statusOf(text: string): PeerStatus {
  if (text === 'active' || text === 'suspended' || text === 'removed') return text;
  throw damaged('status');
}

function addressOrNone(text: string | undefined): Address | undefined {
  return text === undefined ? undefined : addressOf(text);
}

function addressOf(text: string): Address {
  if (isAddress(text)) return text;
  throw damaged('address');
}

function damaged(column: string): MsgError {
  return new MsgError('config', `the address book's cache holds a ${column} that is not one`, {
    hint: 'remove the cache; it is filled again from the chain',
  });
}
