import { formatDuration } from '../domain/duration.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { findPeer } from '../messaging/recipients.js';
import {
  PEER_CHECKS,
  peerRefused,
  type CheckOutcome,
  type PeerCheck,
  type PeerVerdict,
} from '../messaging/verify-peer.js';
import {
  AS_IT_IS,
  type AddressBook,
  type DirectoryHead,
  type Freshness,
  type PeerRecord,
} from '../registry/port.js';

/** A reader's checks in their order: first whether the directory can be asked at all. */
export const READER_CHECKS = ['directory', ...PEER_CHECKS] as const;

/** The outcome of one of them. */
export interface ReaderStep extends CheckOutcome {
  readonly check: (typeof READER_CHECKS)[number];
}

/** What a reader found about a name. `steps` ends with the check that failed, if one did. */
export interface Inquiry {
  readonly steps: readonly ReaderStep[];
  /** Absent where the directory could not be asked, or has no such peer. */
  readonly record?: PeerRecord;
  /** What a reader refuses the peer with. */
  readonly failure: MsgError | undefined;
}

/** What is asked, and of which address book. */
export interface Question {
  readonly name: PeerName;
  readonly book: Pick<AddressBook, 'find' | 'head'>;
  readonly freshness: Freshness;
  readonly clock: () => number;
}

/** Asks the directory for a peer, and `verify` for what a reader asks of it. */
export async function inquire(
  question: Question,
  verify: (record: PeerRecord) => Promise<PeerVerdict>,
): Promise<Inquiry> {
  const found = await lookUp(question);
  if (found instanceof MsgError && found.code !== 'peer-unknown') {
    return { steps: [{ check: 'directory', ...no(found.message) }], failure: found };
  }
  const directory = directoryStep(await question.book.head(AS_IT_IS), question.clock());
  if (found instanceof MsgError) {
    const status = { check: 'status', ...no('the directory has no peer of that name') } as const;
    return { steps: [directory, status], failure: found };
  }
  const verdict = await verify(found);
  return {
    steps: [directory, ...verdict.steps],
    record: found,
    failure: verdict.trusted ? undefined : refusalOf(found.name, verdict.failed),
  };
}

async function lookUp({ name, book, freshness }: Question): Promise<PeerRecord | MsgError> {
  try {
    return await findPeer(name, book, freshness);
  } catch (error) {
    if (error instanceof MsgError && error.code !== 'bug') return error;
    throw error;
  }
}

function no(detail: string): CheckOutcome {
  return { passed: false, detail };
}

/** How far the view reaches, and how old it is. */
function directoryStep(head: DirectoryHead, now: number): ReaderStep {
  const seconds = Math.max(0, Math.round((now - head.checkedAt) / 1000));
  const age = seconds === 0 ? 'just now' : `${formatDuration(seconds * 1000)} ago`;
  const frozen = head.frozen ? '; it is frozen' : '';
  const detail = `${String(head.seq)} changes up to block ${String(head.block)}, compared with the chain ${age}${frozen}`;
  return { check: 'directory', passed: true, detail };
}

const HINTS: Readonly<Record<PeerCheck, string>> = {
  status: 'ask the registrar of the consortium why',
  version: 'the peer has to publish a certificate: msg register, or after a revocation msg rotate',
  pin: 'the chain node may be lying: ask another one',
  path: 'compare trust.anchors with what the peer uses',
  validity: 'the peer has to renew its certificate and publish it: msg cert renew, msg rotate',
  key: 'the peer, or its authority, needs a stronger key',
  use: 'the peer needs a certificate for signing and encryption: "msg peer show" tells what this one is for',
  revocation:
    'compare trust.crls with where the authority publishes; trust.revocation says which certificates need a list',
  name: 'compare trust.naming with how the consortium names its peers',
  proof: 'the peer has to publish its certificate anew: msg register',
};

function refusalOf(name: PeerName, failed: Extract<PeerVerdict, { trusted: false }>['failed']) {
  const refusal = peerRefused(name, failed);
  if (refusal.retryable) return refusal;
  return new MsgError(refusal.code, refusal.message, { hint: HINTS[failed.check] });
}
