import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { LOOK_NOW, type AddressBook, type Freshness, type PeerRecord } from '../registry/port.js';
import type { Certificate } from '../x509/certificate.js';
import { defaultInbox, type MessagingDeps } from './deps.js';
import { peerRefused, verifyPeer, type PeerVerdict } from './verify-peer.js';

/** A peer that a message can be sealed and carried to. */
export interface ResolvedRecipient {
  readonly peer: PeerName;
  readonly certificate: Certificate;
  /** Those that the certificate has followed without a revocation: whoever rotates keeps their keys. */
  readonly former: readonly Fingerprint[];
  readonly topic: string;
}

type ResolveDeps = Pick<MessagingDeps, 'freshness' | 'judge' | 'clock'> & {
  readonly book: Pick<AddressBook, 'find'>;
};

/**
 * Resolves every recipient in the address book, or none: all are known, active and trusted now.
 *
 * @throws MsgError `peer-unknown`, `peer-inactive`, `peer-certificate` or `peer-untrusted` for the
 *   first that is not, `chain-unreachable` or `address-book-stale` when the directory cannot be asked.
 */
export async function resolveRecipients(
  peers: readonly PeerName[],
  deps: ResolveDeps,
): Promise<readonly ResolvedRecipient[]> {
  const resolved: ResolvedRecipient[] = [];
  for (const peer of peers) resolved.push(await resolve(peer, deps));
  return resolved;
}

/** What the cache refuses is looked up once more on the chain: it may have been mended since. */
async function resolve(peer: PeerName, deps: ResolveDeps): Promise<ResolvedRecipient> {
  const cached = await judgePeer(peer, deps.freshness, deps);
  const judged = cached.verdict.trusted
    ? cached
    : await judgePeer(peer, { ...deps.freshness, maxAge: 0 }, deps);
  if (!judged.verdict.trusted) throw peerRefused(peer, judged.verdict.failed);
  const { record, verdict } = judged;
  const [certificate, former] = [verdict.certificate, formerOf(record)];
  return { peer, certificate, former, topic: inboxOf(record) };
}

/** A version that was revoked ends those before it, too. */
function formerOf({ certificates }: PeerRecord): readonly Fingerprint[] {
  const revoked = certificates.findLastIndex((version) => version.revoked !== undefined);
  return certificates.slice(revoked + 1, -1).map(({ fingerprint }) => fingerprint);
}

async function judgePeer(
  peer: PeerName,
  freshness: Freshness,
  deps: ResolveDeps,
): Promise<{ readonly record: PeerRecord; readonly verdict: PeerVerdict }> {
  const record = await findPeer(peer, deps.book, freshness);
  return { record, verdict: await verifyPeer({ record, at: deps.clock() }, deps.judge) };
}

/**
 * Finds a peer. One that the cache does not know is unknown only when the chain says so now.
 *
 * @throws MsgError `peer-unknown`, `chain-unreachable`, `address-book-stale`
 */
export async function findPeer(
  peer: PeerName,
  book: Pick<AddressBook, 'find'>,
  freshness: Freshness,
): Promise<PeerRecord> {
  const record = (await book.find(peer, freshness)) ?? (await book.find(peer, LOOK_NOW));
  if (record !== undefined) return record;
  throw new MsgError('peer-unknown', `unknown peer: ${peer}`, {
    hint: 'list the peers with "msg peer list"; ask the registrar to admit a new one',
  });
}

/** The topic that a peer's on-chain profile names, or the default one. */
export function inboxOf(record: PeerRecord): string {
  const { inbox } = record.profile;
  return inbox !== undefined && isTopicName(inbox) ? inbox : defaultInbox(record.name);
}

/** What Kafka takes as a topic name: 1 to 249 of `[A-Za-z0-9._-]`, not `.` or `..`. */
function isTopicName(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(text) && text !== '.' && text !== '..';
}
