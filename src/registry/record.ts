import { Asn1Error, Asn1Reader } from '../asn1/reader.js';
import type { DirectoryPeer, PublishedCertificate } from './directory-peer.js';
import type { CertificateVersion, PeerProfile, PeerRecord } from './port.js';

/** Issuers of one certificate; no path is longer. */
const MAX_CHAIN = 10;
const SEQUENCE = 0x30;

const made = new WeakMap<DirectoryPeer, PeerRecord>();

/**
 * Makes the record that msg works with of what the chain holds, once. Peers may publish any bytes: a
 * profile that is no JSON object counts as empty, issuers that are no DER as none, so that one peer's
 * mistake is nobody else's trouble.
 */
export function toRecord(peer: DirectoryPeer): PeerRecord {
  const record = made.get(peer) ?? make(peer);
  made.set(peer, record);
  return record;
}

function make(peer: DirectoryPeer): PeerRecord {
  const { name, owner, operator, guardian, status, pending, seq, block } = peer;
  return {
    ...{ name, owner, operator, guardian, status, pending, seq, block },
    profile: readProfile(peer.profile),
    certificates: peer.certificates.map(toVersion),
  };
}

/** One published certificate as msg works with it. */
export function toVersion(published: PublishedCertificate): CertificateVersion {
  const { index, fingerprint, leaf, proof, owner, publishedAt, revokedAt, reason } = published;
  return {
    ...{ index, fingerprint, leaf, proof, owner, publishedAt },
    chain: splitChain(published.chain),
    revoked: revokedAt === undefined ? undefined : { reason, at: revokedAt },
  };
}

function readProfile(bytes: Uint8Array): PeerProfile {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
    const { inbox, ...rest } = value as Record<string, unknown>;
    return typeof inbox === 'string' ? { ...rest, inbox } : rest;
  } catch {
    return {};
  }
}

/** Splits certificates that were published one after another. */
function splitChain(bytes: Uint8Array): readonly Uint8Array[] {
  const reader = new Asn1Reader(bytes);
  const issuers: Uint8Array[] = [];
  try {
    while (!reader.done && issuers.length < MAX_CHAIN) {
      const { start, end } = reader.take(SEQUENCE);
      issuers.push(bytes.subarray(start, end));
    }
    return issuers;
  } catch (error) {
    if (error instanceof Asn1Error) return [];
    throw error;
  }
}
