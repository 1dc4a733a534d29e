import type { PeerName } from '../domain/peer-name.js';
import type { MessageKind } from '../envelope/header.js';
import { messageDigest } from '../envelope/header-json.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import { openAny } from '../envelope/open.js';
import type { Opened, OwnKey, PlainReceipt } from '../envelope/types.js';
import type { AnsweredMessage, IncomingRecord, RecordSource } from '../ledger/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import { CLOCK_SKEW } from './clock-skew.js';
import type { MessagingDeps } from './deps.js';
import { decode } from './encoding.js';
import {
  judgeSender,
  type JudgeDeps,
  type JudgedSender,
  type SenderClaim,
} from './judge-sender.js';
import { behind, laneOf, setAside } from './unjudged.js';
import { namingOf, takeByKind, type Refusal, type TakeDeps } from './kinds.js';
import { takePlainReceipt } from './receipts/arrived.js';

/** A record's judgement: a message that may be delivered, or why it never will be. */
export interface Inspected {
  readonly record: IncomingRecord;
  /** The opened message, for delivery without opening it a second time. */
  readonly opened: Opened | undefined;
  /** The refused message whose sender may be told why: it has proven its name and asks for receipts. */
  readonly rejected?: AnsweredMessage & Refusal;
}

/** What judging a record takes. */
export type InspectDeps = JudgeDeps &
  TakeDeps &
  Pick<MessagingDeps, 'self' | 'openingKeys' | 'largestSealed'> & {
    /** Signers of whom a record waits already: what they sent after it waits behind it. */
    readonly waiting?: ReadonlySet<string>;
  };

/**
 * Opens a record and judges whether its sender may speak for the name in the signed header, and
 * whether it was meant for this peer, now.
 *
 * @param receivedAt When the record was received, in Unix milliseconds; the same for all that came
 *   together, so that one look at the chain settles them all.
 * @throws MsgError retryable when the record has to wait; {@link SignerUnjudged} when that is because its
 *   signer cannot be judged now.
 */
export async function inspectRecord(
  stored: StoredRecord,
  partition: PartitionId,
  deps: InspectDeps,
  receivedAt = deps.clock(),
): Promise<Inspected> {
  const source = sourceOf(stored, partition);
  const opened = await openQuietly(stored.value, deps);
  if ('reason' in opened) return refused(stored, source, opened);
  if (opened.header === undefined) {
    const record = await takePlainReceipt(opened, { source, receivedAt }, deps);
    return 'reason' in record ? refused(stored, source, record) : { opened: undefined, record };
  }
  return inspectOpened(opened, { stored, source, receivedAt }, deps);
}

interface Arrival {
  readonly stored: StoredRecord;
  readonly source: RecordSource;
  readonly receivedAt: number;
}

/**
 * A message of a sender that has not proven its name is refused without a word to anybody. One that
 * was sealed to somebody else is, too: its author did not send it here.
 */
async function inspectOpened(
  opened: Opened,
  { stored, source, receivedAt }: Arrival,
  deps: InspectDeps,
): Promise<Inspected> {
  if (!isAddressedTo(opened, deps.self)) {
    return refused(stored, source, {
      reason: 'not-addressed',
      detail: `the signed header does not name ${deps.self} with the certificate that opened it`,
    });
  }
  const { header, signer } = opened;
  const { appendedAt } = stored;
  const claim = { from: header.from, signer, appendedAt, receivedAt };
  const sender = await judgeInOrder(claim, header.kind, deps);
  if ('reason' in sender) return refused(stored, source, sender);
  const refuse = (why: Refusal): Inspected => {
    const proven = { claimedSender: header.from, claimedId: header.id, proven: true };
    const record = { ...unverified(stored, source), ...proven, ...why };
    const naming = namingOf(header, source, deps.self);
    return {
      ...{ opened: undefined, record: { outcome: 'refused', refused: record, naming } },
      ...rejection(opened, why),
    };
  };
  const plain = judgeTime(opened, appendedAt) ?? (await decodePayload(opened, deps));
  if ('reason' in plain) return refuse(plain);
  const record = await takeByKind({ source, opened: plain, sender, sealed: stored.value }, deps);
  return 'reason' in record ? refuse(record) : { opened: plain, record };
}

/** @throws SignerUnjudged */
async function judgeInOrder(
  claim: SenderClaim,
  kind: MessageKind,
  deps: InspectDeps,
): Promise<JudgedSender | Refusal> {
  const waiting = { claim, kind };
  if (deps.waiting?.has(laneOf(claim)) === true) throw await behind(waiting, deps);
  try {
    return await judgeSender(claim, deps);
  } catch (error) {
    throw await setAside(error, waiting, deps);
  }
}

/** What the sender of a refused message is to be told, if it wants to know. */
function rejection(
  { header, payloadSha256 }: Opened,
  refusal: Refusal,
): Pick<Inspected, 'rejected'> {
  if (header.receipt === undefined) return {};
  const { from: sender, id, cid: correlationId } = header;
  const digest = messageDigest(header, payloadSha256);
  return { rejected: { sender, id, digest, correlationId, ...refusal } };
}

/** An opened message with its payload as it was before it was encoded for the way. */
async function decodePayload(opened: Opened, deps: InspectDeps): Promise<Opened | Refusal> {
  const { kind, size, encoding } = opened.header;
  if (encoding === undefined || kind === 'manifest') return opened;
  if (size > deps.largestSealed) {
    const detail = `it would unpack to ${size} bytes, more than the limit of ${deps.largestSealed}`;
    return { reason: 'too-large', detail };
  }
  try {
    return { ...opened, payload: await decode(opened.payload, size, encoding) };
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

/** What the ledger keeps of a record that is not accepted, whatever its sender claims. */
export function unverified(stored: StoredRecord, source: RecordSource) {
  return {
    source,
    claimedSender: claimOf(stored.headers['msg-from']),
    claimedId: claimOf(stored.headers['msg-id']),
    sealed: stored.value,
  };
}

/** The place of a stored record as the ledger keeps it. */
export function sourceOf(stored: StoredRecord, partition: PartitionId): RecordSource {
  const { clusterId, topic, topicId } = partition;
  const { offset, appendedAt } = stored;
  return { clusterId, topic, topicId, partition: partition.partition, offset, appendedAt };
}

async function openQuietly(
  sealed: Uint8Array,
  deps: InspectDeps,
): Promise<Opened | PlainReceipt | Refusal> {
  const keys = await deps.openingKeys();
  const outcome = await openWith(keys, sealed, deps);
  if (!('reason' in outcome) || outcome.reason !== 'not-for-us') return outcome;
  // Its sender may have seen a new certificate before we have seen the key behind it.
  const present = await deps.openingKeys({ look: true });
  return present === keys ? outcome : openWith(present, sealed, deps);
}

async function openWith(
  keys: readonly OwnKey[],
  sealed: Uint8Array,
  deps: InspectDeps,
): Promise<Opened | PlainReceipt | Refusal> {
  try {
    return await openAny(sealed, keys, { sealed: deps.largestSealed });
  } catch (error) {
    if (error instanceof EnvelopeRefused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

function refused(stored: StoredRecord, source: RecordSource, refusal: Refusal): Inspected {
  const record = { ...unverified(stored, source), ...refusal };
  return { opened: undefined, record: { outcome: 'refused', refused: record } };
}

/** A peer's name has at most 63 characters, an id 36. */
const LONGEST_CLAIM = 64;

/** Anybody can write as much as a record takes into its hints. */
function claimOf(hint: string | undefined): string | undefined {
  return hint === undefined || hint.length <= LONGEST_CLAIM
    ? hint
    : `${hint.slice(0, LONGEST_CLAIM)}…`;
}

function judgeTime({ header }: Opened, appendedAt: number): Refusal | undefined {
  if (header.sent <= appendedAt + CLOCK_SKEW) return undefined;
  return { reason: 'from-the-future', detail: 'it says it was sealed after the log received it' };
}

function isAddressedTo({ header, openedWith }: Opened, self: PeerName): boolean {
  return header.to.some(({ peer, cert }) => peer === self && cert === openedWith.fingerprint);
}
