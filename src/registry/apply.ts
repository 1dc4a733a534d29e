import { contradiction } from './contradiction.js';
import type { DirectoryPeer, PublishedCertificate } from './directory-peer.js';
import { decodeEvent } from './events.js';
import type { DirectoryEvent } from './events.js';
import type { JournalEntry } from './journal.js';
import { keccak256Hex } from './keccak.js';
import type { PendingChanges } from './port.js';

/**
 * What a change makes of the peer it concerns: the record after it, or undefined when it concerns the
 * directory and no peer.
 *
 * @param peer The record before the change; undefined when the id was never seen.
 * @throws MsgError `peer-untrusted` when the contract could not have made the change.
 */
export function applyEntry(
  peer: DirectoryPeer | undefined,
  entry: JournalEntry,
): DirectoryPeer | undefined {
  const event = decodeEvent(entry);
  if (event.kind === 'other') return undefined;
  const changed = event.kind === 'admitted' ? admit(peer, entry, event) : change(peer, event);
  if (changed === undefined) throw contradiction(`change ${entry.seq} concerns an unknown peer`);
  return { ...changed, seq: entry.seq, block: entry.block };
}

function admit(
  peer: DirectoryPeer | undefined,
  entry: JournalEntry,
  event: DirectoryEvent & { kind: 'admitted' },
): DirectoryPeer {
  const { name, owner, guardian } = event;
  if (peer !== undefined) throw contradiction(`${name} is admitted a second time`);
  if (keccak256Hex(name) !== entry.id) throw contradiction(`${name} is admitted under another id`);
  return {
    ...{ id: entry.id, name, status: 'active', owner, operator: undefined, guardian, pending: {} },
    ...{ seq: entry.seq, block: entry.block, profile: new Uint8Array(), certificates: [] },
  };
}

function change(
  peer: DirectoryPeer | undefined,
  event: Exclude<DirectoryEvent, { kind: 'admitted' | 'other' }>,
): DirectoryPeer | undefined {
  if (peer === undefined) return undefined;
  switch (event.kind) {
    case 'suspended':
      return { ...peer, status: 'suspended' };
    case 'reinstated':
      return { ...peer, status: 'active' };
    case 'removed':
      return { ...peer, status: 'removed' };
    case 'profile':
      return { ...peer, profile: event.profile };
    case 'published':
      return { ...peer, certificates: append(peer, event.certificate) };
    case 'revoked':
      return { ...peer, certificates: revoke(peer, event) };
    case 'operator':
      return { ...peer, operator: event.operator };
    case 'owner':
      return {
        ...peer,
        owner: event.owner,
        guardian: event.guardian,
        operator: undefined,
        pending: {},
      };
    case 'guardian':
      return { ...peer, guardian: event.guardian, pending: without(peer.pending, 'guardian') };
    default:
      return { ...peer, pending: applyPending(peer.pending, event) };
  }
}

type PendingEvent = Extract<
  DirectoryEvent,
  {
    kind:
      | 'offered'
      | 'guardian-scheduled'
      | 'guardian-cancelled'
      | 'recovery-scheduled'
      | 'recovery-cancelled';
  }
>;

function applyPending(pending: PendingChanges, event: PendingEvent): PendingChanges {
  switch (event.kind) {
    case 'offered':
      return event.account === undefined
        ? without(pending, 'offeredOwner')
        : { ...pending, offeredOwner: event.account };
    case 'guardian-scheduled':
      return { ...pending, guardian: { account: event.account, readyAt: event.readyAt } };
    case 'recovery-scheduled':
      return { ...pending, recovery: { account: event.account, readyAt: event.readyAt } };
    case 'guardian-cancelled':
      return without(pending, 'guardian');
    case 'recovery-cancelled':
      return without(pending, 'recovery');
  }
}

function without(pending: PendingChanges, key: keyof PendingChanges): PendingChanges {
  return Object.fromEntries(Object.entries(pending).filter(([name]) => name !== key));
}

function append(peer: DirectoryPeer, added: PublishedCertificate): PublishedCertificate[] {
  if (added.index === peer.certificates.length) return [...peer.certificates, added];
  throw contradiction(`version ${added.index} of ${peer.name} is published out of turn`);
}

/** A revocation is of the certificate, so it reaches every version that carries it. */
function revoke(
  peer: DirectoryPeer,
  event: DirectoryEvent & { kind: 'revoked' },
): PublishedCertificate[] {
  const { fingerprint, reason, revokedAt } = event;
  return peer.certificates.map((version) =>
    version.fingerprint === fingerprint ? { ...version, revokedAt, reason } : version,
  );
}
