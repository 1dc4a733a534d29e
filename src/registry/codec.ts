import type { Fingerprint } from '../domain/fingerprint.js';
import { fingerprintOf, isFingerprint } from '../domain/fingerprint.js';
import { isPeerName } from '../domain/peer-name.js';
import { AbiError, AbiReader } from './abi/reader.js';
import { encodeCall } from './abi/call.js';
import { checksumAddress } from './address.js';
import { contradiction } from './contradiction.js';
import type { DirectoryState, PartialPeer, PublishedCertificate } from './directory-peer.js';
import { keccak256Hex } from './keccak.js';
import type { Address, PeerStatus, PendingChanges, ScheduledChange } from './port.js';
import type { ScheduledDelay } from './roles.js';

/** The contract's reading functions, as call data. */
export const CALLS = {
  state: () => encodeCall('state()'),
  lookup: (name: string) => encodeCall('lookup(string)', name),
  list: (from: number, count: number) =>
    encodeCall('list(uint256,uint256,bool)', from, count, true),
  certificates: (id: string, from: number, count: number) =>
    encodeCall(
      'certificates(bytes32,uint256,uint256)',
      Buffer.from(id.slice(2), 'hex'),
      from,
      count,
    ),
  defaultAdmin: () => encodeCall('defaultAdmin()'),
  pendingAdmin: () => encodeCall('pendingDefaultAdmin()'),
  adminDelay: () => encodeCall('defaultAdminDelay()'),
  pendingAdminDelay: () => encodeCall('pendingDefaultAdminDelay()'),
  hasRole: (role: string, account: Address) =>
    encodeCall('hasRole(bytes32,address)', Buffer.from(role.slice(2), 'hex'), BigInt(account)),
} as const;

const STATUS: readonly (PeerStatus | undefined)[] = [undefined, 'active', 'suspended', 'removed'];

/** Unix seconds of the year 5138; anything later is no time. */
const MAX_SECONDS = 100_000_000_000n;

/** Decodes the answer of `state()`. All decoders throw `peer-untrusted` for what cannot be true. */
export function decodeState(answer: unknown): DirectoryState {
  return decode(answer, readState);
}

/** Decodes the answer of `lookup(name)`; the peer is undefined when the name was never given out. */
export function decodeLookup(answer: unknown): {
  readonly state: DirectoryState;
  readonly peer: PartialPeer | undefined;
} {
  return decode(answer, (reader) => ({
    state: readState(reader),
    peer: reader.dynamicTuple(readPeer),
  }));
}

/** Decodes the answer of `list(from, count, true)`. */
export function decodeList(answer: unknown): {
  readonly state: DirectoryState;
  readonly page: readonly PartialPeer[];
} {
  return decode(answer, (reader) => ({
    state: readState(reader),
    page: reader.dynamicTuples((item) => {
      const peer = readPeer(item);
      if (peer === undefined) throw new AbiError('a list with a peer that does not exist');
      return peer;
    }),
  }));
}

/** Decodes the answer of `certificates(id, from, count)`. */
export function decodeCertificates(answer: unknown): readonly PublishedCertificate[] {
  return decode(answer, (reader) => reader.dynamicTuples(readCertificate));
}

/** Decodes the answer of a function that gives one account; undefined for the zero address. */
export function decodeAccount(answer: unknown): Address | undefined {
  return decode(answer, readAccount);
}

/** Decodes an account and the time from which on it may have its part; undefined where none is. */
export function decodeScheduled(answer: unknown): ScheduledChange | undefined {
  return decode(answer, readScheduled);
}

/** Decodes a number of seconds. */
export function decodeSeconds(answer: unknown): number {
  return decode(answer, (reader) => Number(reader.uint(48)));
}

/** Decodes a number of seconds and the time from which on it counts; undefined where none is. */
export function decodeScheduledDelay(answer: unknown): ScheduledDelay | undefined {
  return decode(answer, (reader) => {
    const seconds = Number(reader.uint(48));
    const readyAt = readTime(reader);
    return readyAt === 0 ? undefined : { seconds, readyAt };
  });
}

/** Decodes the answer of a function that gives true or false. */
export function decodeFlag(answer: unknown): boolean {
  return decode(answer, (reader) => reader.bool());
}

/**
 * Takes 0x and hexadecimal digits from a node.
 *
 * @throws MsgError `peer-untrusted`
 */
export function hexToBytes(value: unknown): Buffer {
  if (typeof value === 'string' && value.startsWith('0x') && value.length % 2 === 0) {
    const bytes = Buffer.from(value.slice(2), 'hex');
    // Buffer stops at the first character that is no digit, so the length shows one.
    if (bytes.length * 2 + 2 === value.length) return bytes;
  }
  throw contradiction('an answer that is not hexadecimal');
}

/** An ABI address as text; undefined for the zero address. */
export function readAccount(reader: AbiReader): Address | undefined {
  const bytes = reader.address();
  return bytes.some((byte) => byte !== 0) ? checksumAddress(bytes) : undefined;
}

/** An ABI time in seconds as Unix milliseconds. */
export function readTime(reader: AbiReader): number {
  const seconds = reader.uint(64);
  if (seconds > MAX_SECONDS) throw new AbiError('a time beyond all calendars');
  return Number(seconds) * 1000;
}

/** 32 bytes as 0x and hexadecimal digits. */
export function readHash(reader: AbiReader): string {
  return `0x${Buffer.from(reader.bytes32()).toString('hex')}`;
}

/** A SHA-256 hash as a fingerprint. */
export function readFingerprint(reader: AbiReader): Fingerprint {
  const digits = readHash(reader).slice(2);
  if (isFingerprint(digits)) return digits;
  throw new AbiError('a fingerprint that is not one');
}

/** Runs a decoder and turns malformed bytes into the failure for a node that cannot be believed. */
export function decode<T>(answer: unknown, read: (reader: AbiReader) => T): T {
  const bytes = answer instanceof Uint8Array ? answer : hexToBytes(answer);
  try {
    return read(AbiReader.of(bytes));
  } catch (error) {
    if (error instanceof AbiError) throw contradiction(error.message, error);
    throw error;
  }
}

function readState(reader: AbiReader): DirectoryState {
  return {
    seq: reader.uint(64),
    head: readHash(reader),
    peers: Number(reader.uint(48)),
    frozen: reader.bool(),
    successor: readAccount(reader),
    openRegistration: reader.bool(),
    recoveryDelay: Number(reader.uint(48)),
    chainId: reader.uint(256),
    block: reader.uint(64),
    parentHash: readHash(reader),
    blockTime: readTime(reader),
  };
}

function readPeer(reader: AbiReader): PartialPeer | undefined {
  const id = readHash(reader);
  const name = reader.string();
  const status = STATUS[Number(reader.uint(8))];
  const owner = readAccount(reader);
  const operator = readAccount(reader);
  const guardian = readAccount(reader);
  const seq = reader.uint(64);
  const block = reader.uint(64);
  const pending = readPending(reader);
  const profile = reader.bytes();
  const versions = Number(reader.uint(32));
  const certificates = reader.dynamicTuples(readCertificate);
  if (status === undefined) return undefined;
  if (!isPeerName(name) || id !== keccak256Hex(name)) throw new AbiError('a name that is not one');
  if (owner === undefined) throw new AbiError(`no owner of ${name}`);
  requireNewest(certificates, versions);
  const accounts = { owner, operator, guardian, pending };
  return { id, name, status, ...accounts, seq, block, profile, versions, certificates };
}

function readPending(reader: AbiReader): PendingChanges {
  const offeredOwner = readAccount(reader);
  const guardian = readScheduled(reader);
  const recovery = readScheduled(reader);
  return {
    ...(offeredOwner === undefined ? {} : { offeredOwner }),
    ...(guardian === undefined ? {} : { guardian }),
    ...(recovery === undefined ? {} : { recovery }),
  };
}

function readScheduled(reader: AbiReader): ScheduledChange | undefined {
  const account = readAccount(reader);
  const readyAt = readTime(reader);
  return readyAt === 0 ? undefined : { account, readyAt };
}

function readCertificate(reader: AbiReader): PublishedCertificate {
  const index = Number(reader.uint(32));
  const fingerprint = readFingerprint(reader);
  const owner = readAccount(reader);
  const publishedAt = readTime(reader);
  const revokedAt = readTime(reader);
  const reason = reader.smallUint(8);
  const [leaf, chain, proof] = [reader.bytes(), reader.bytes(), reader.bytes()];
  if (owner === undefined) throw new AbiError('a certificate without an owner');
  if (fingerprintOf(leaf) !== fingerprint) throw new AbiError('a certificate with another hash');
  return {
    ...{ index, fingerprint, owner, publishedAt, leaf, chain, proof },
    revokedAt: revokedAt === 0 ? undefined : revokedAt,
    reason: revokedAt === 0 ? 0 : reason,
  };
}

/** The versions that come with a peer have to be the newest ones, without a gap. */
function requireNewest(certificates: readonly PublishedCertificate[], versions: number): void {
  const first = versions - certificates.length;
  const isComplete = certificates.every(({ index }, position) => index === first + position);
  const isEnough = versions === 0 || certificates.length > 0;
  if (!isComplete || !isEnough) throw new AbiError('versions of a certificate are missing');
}
