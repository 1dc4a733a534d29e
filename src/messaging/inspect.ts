import type { PeerName } from '../domain/peer-name.js';
import { messageDigest } from '../envelope/header-json.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import { open } from '../envelope/open.js';
import type { Opened } from '../envelope/types.js';
import { MsgError } from '../errors.js';
import type { IncomingRecord, RecordSource } from '../ledger/port.js';
import type { CertificateVersion, PeerRecord } from '../registry/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { verifyPeer } from './verify-peer.js';

/** How far a sender's clock may run ahead of the log's, in milliseconds. */
export const CLOCK_SKEW = 5 * 60_000;

/** For how long after its supersession a certificate's signatures are accepted, in milliseconds. */
export const SUPERSESSION_GRACE = 10 * 60_000;

/** Why a record was refused for good: a stable name and a sentence. */
export interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/** A record's judgement: a message that may be delivered, or why it never will be. */
export interface Inspected {
  readonly record: IncomingRecord;
  /** The opened message, for delivery without opening it a second time. */
  readonly opened: Opened | undefined;
}

type InspectDeps = Pick<
  MessagingDeps,
  'self' | 'openingKeys' | 'book' | 'freshness' | 'judge' | 'clock' | 'largestSealed'
>;

/**
 * Opens a record and judges whether its sender may speak for the name in the signed header, and
 * whether it was meant for this peer, now.
 *
 * @throws MsgError retryable when the directory cannot be asked: the record waits, it is not refused.
 */
export async function inspectRecord(
  stored: StoredRecord,
  partition: PartitionId,
  deps: InspectDeps,
): Promise<Inspected> {
  const source = sourceOf(stored, partition);
  const opened = await openQuietly(stored.value, deps);
  if ('reason' in opened) return refused(stored, source, opened);
  const refusal = await judge(opened, stored.appendedAt, deps);
  if (refusal !== undefined) return refused(stored, source, refusal);
  const { header } = opened;
  return {
    opened,
    record: {
      outcome: 'message',
      message: {
        source,
        sender: header.from,
        id: header.id,
        digest: messageDigest(header, opened.payloadSha256),
        kind: header.kind,
        type: header.type,
        correlationId: header.cid,
        header: JSON.stringify(header),
        signer: opened.signer.fingerprint,
        sealed: stored.value,
      },
    },
  };
}

/** The place of a stored record as the ledger keeps it. */
export function sourceOf(stored: StoredRecord, partition: PartitionId): RecordSource {
  const { clusterId, topic, topicId } = partition;
  const { offset, appendedAt } = stored;
  return { clusterId, topic, topicId, partition: partition.partition, offset, appendedAt };
}

async function openQuietly(sealed: Uint8Array, deps: InspectDeps): Promise<Opened | Refusal> {
  const opening = await deps.openingKeys();
  try {
    return await open(sealed, opening, { sealed: deps.largestSealed });
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

function refused(stored: StoredRecord, source: RecordSource, refusal: Refusal): Inspected {
  return {
    opened: undefined,
    record: {
      outcome: 'refused',
      refused: {
        source,
        claimedSender: stored.headers['msg-from'],
        claimedId: stored.headers['msg-id'],
        ...refusal,
        sealed: stored.value,
      },
    },
  };
}

async function judge(
  opened: Opened,
  appendedAt: number,
  deps: InspectDeps,
): Promise<Refusal | undefined> {
  return judgeHeader(opened, appendedAt, deps) ?? (await judgeSender(opened, appendedAt, deps));
}

function judgeHeader(opened: Opened, appendedAt: number, deps: InspectDeps): Refusal | undefined {
  const { header } = opened;
  if (header.kind !== 'message') {
    return {
      reason: 'kind',
      detail: `messages of kind ${header.kind} are not taken by this version`,
    };
  }
  if (!isAddressedTo(opened, deps.self)) {
    return {
      reason: 'not-addressed',
      detail: `the signed header does not name ${deps.self} with the certificate that opened it`,
    };
  }
  if (header.sent > appendedAt + CLOCK_SKEW) {
    return { reason: 'from-the-future', detail: 'it says it was sealed after the log received it' };
  }
  if (header.expires !== undefined && header.expires <= deps.clock()) {
    return { reason: 'expired', detail: `it expired on ${new Date(header.expires).toISOString()}` };
  }
  return undefined;
}

function isAddressedTo({ header, openedWith }: Opened, self: PeerName): boolean {
  return header.to.some(({ peer, cert }) => peer === self && cert === openedWith.fingerprint);
}

async function judgeSender(
  opened: Opened,
  appendedAt: number,
  deps: InspectDeps,
): Promise<Refusal | undefined> {
  const { from } = opened.header;
  const found = await findSigner(opened, deps);
  if (found === undefined) {
    return { reason: 'signer', detail: `the directory holds no such certificate for ${from}` };
  }
  const superseded = judgeSupersession(found.peer, found.version, appendedAt);
  if (superseded !== undefined) return superseded;
  const question = {
    record: found.peer,
    version: found.version,
    at: Math.min(appendedAt, deps.clock()),
  };
  const verdict = verifyPeer(question, deps.judge);
  if (verdict.trusted) return undefined;
  return { reason: `sender-${verdict.failed.check}`, detail: `${from}: ${verdict.failed.detail}` };
}

/** Looks the signer up under the name in the signed header; a stranger makes the book look again. */
async function findSigner(
  { header, signer }: Opened,
  deps: InspectDeps,
): Promise<{ peer: PeerRecord; version: CertificateVersion } | undefined> {
  for (const maxAge of [deps.freshness.maxAge, 0]) {
    const peer = await deps.book.find(header.from, { ...deps.freshness, maxAge });
    const version = peer?.certificates.find(
      ({ fingerprint }) => fingerprint === signer.fingerprint,
    );
    if (peer !== undefined && version !== undefined) return { peer, version };
  }
  return undefined;
}

function judgeSupersession(
  peer: PeerRecord,
  version: CertificateVersion,
  appendedAt: number,
): Refusal | undefined {
  const next = peer.certificates[version.index + 1];
  if (next === undefined || appendedAt < next.publishedAt + SUPERSESSION_GRACE) return undefined;
  return {
    reason: 'superseded',
    detail: `${peer.name} replaced certificate version ${version.index} on ${new Date(next.publishedAt).toISOString()}`,
  };
}

/** Whether a failure is the directory's or the log's being away, which passes. */
export function isPassing(error: unknown): error is MsgError {
  return error instanceof MsgError && error.retryable;
}
