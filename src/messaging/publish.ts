import { checkpoint } from '../domain/checkpoint.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { ClaimedDelivery, OutboxDelivery, OutboxRow } from '../ledger/port.js';
import { PublishOutcomeUnknown, type Appended, type OutgoingRecord } from '../transport/port.js';
import { backoffAfter } from './backoff.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';

/** For how long a publish is left alone by other processes without a renewal, in milliseconds. */
export const PUBLISH_LEASE = 120_000;

/** How long a delivery waits for its next attempt, in milliseconds. */
const BACKOFF = { first: 2_000, longest: 5 * 60_000 };

/** Why a publish did not succeed, and whether the log may have it nevertheless. */
export interface PublishFailure {
  readonly outcome: 'not-sent' | 'unknown';
  readonly error: MsgError;
}

/** What became of the delivery to one recipient. */
export interface PublishedDelivery {
  readonly peer: PeerName;
  readonly topic: string;
  readonly state: 'sent' | 'already-sent' | 'queued' | 'failed' | 'expired' | 'cancelled';
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  readonly failure?: PublishFailure;
}

type PublishDeps = Pick<
  MessagingDeps,
  'self' | 'owner' | 'ledger' | 'transport' | 'clock' | 'random' | 'warn'
>;

/** What is published together is of one recipient: a delivery, its message and the sealed bytes. */
export type Publishable = Pick<ClaimedDelivery, 'row' | 'delivery' | 'sealed'>;

/**
 * Publishes a message to each of its recipients, each on its own: one that fails does not keep the
 * others back. The ledger has noted that the publishes begin.
 */
export async function publishBegun(
  row: OutboxRow,
  sealed: Uint8Array,
  deps: PublishDeps,
): Promise<readonly PublishedDelivery[]> {
  const published = await Promise.all(
    row.deliveries.map((delivery) => publishTogether([{ row, delivery, sealed }], deps)),
  );
  return published.flat();
}

/** The lease of a publish that begins now. */
export function leaseFor({ owner, clock }: Pick<MessagingDeps, 'owner' | 'clock'>) {
  return { owner, until: clock() + PUBLISH_LEASE };
}

/**
 * Publishes deliveries to one topic, in order, of which the ledger has noted that they begin, and
 * notes what became of them. They share their fate, unless the log says how many of the first it has.
 */
export async function publishTogether(
  publishables: readonly Publishable[],
  deps: PublishDeps,
): Promise<readonly PublishedDelivery[]> {
  const outcome = await attempt(publishables, deps);
  const { appended } = outcome;
  const sent = appended === undefined ? [] : await noteSent(publishables, appended, deps);
  const rest = publishables.slice(sent.length);
  if (outcome.failure === undefined || rest.length === 0) return sent;
  return [...sent, ...(await noteFailure(rest, outcome.failure, deps))];
}

/** They are in the log, as many as were appended. */
async function noteSent(
  publishables: readonly Publishable[],
  { partition, count, baseOffset }: AppendedTo,
  deps: PublishDeps,
): Promise<readonly PublishedDelivery[]> {
  const those = publishables.slice(0, count);
  const sent = those.map(({ row: { id }, delivery: { recipient } }, index) => {
    const offset = baseOffset === undefined ? undefined : baseOffset + BigInt(index);
    return { id, recipient, partition, offset };
  });
  await note(deps, those, 'was sent to', () => deps.ledger.outbox.markSent(sent));
  return those.map(({ delivery: { recipient: peer, topic } }, index) => {
    return { peer, topic, state: 'sent', partition, offset: sent[index]?.offset };
  });
}

/** Notes why deliveries wait; public for what fails before it comes to a publish. */
export async function noteFailure(
  publishables: readonly Pick<Publishable, 'row' | 'delivery'>[],
  failure: PublishFailure,
  deps: Pick<PublishDeps, 'ledger' | 'clock' | 'random' | 'warn'>,
): Promise<readonly PublishedDelivery[]> {
  const { outcome, error } = failure;
  const back = publishables.map(({ row: { id }, delivery }) => ({
    ...{ id, recipient: delivery.recipient, error: error.message, outcome },
    retryAt: retryTime(delivery, deps),
  }));
  await note(deps, publishables, 'waits for', () => deps.ledger.outbox.markQueued(back));
  return publishables.map(({ delivery: { recipient: peer, topic } }) => {
    return { peer, topic, state: 'queued', ...NOWHERE, failure };
  });
}

/** When a delivery that has just failed is tried again, in Unix milliseconds. */
function retryTime(
  { attempts }: OutboxDelivery,
  { clock, random }: Pick<PublishDeps, 'clock' | 'random'>,
): number {
  return clock() + backoffAfter(Math.max(attempts, 1), BACKOFF, random);
}

/**
 * Published is published, and kept is kept, also when the ledger cannot take a note of it now: to the
 * ledger the publish is still under way, and a later flush repeats the same bytes.
 */
async function note(
  { warn }: Pick<PublishDeps, 'warn'>,
  publishables: readonly Pick<Publishable, 'row' | 'delivery'>[],
  what: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isPassing(error)) throw error;
    for (const { row, delivery } of publishables) {
      warn(
        `${row.id} ${what} ${delivery.recipient}, but the ledger could not note it: ${error.message}`,
      );
    }
  }
}

const NOWHERE = { partition: undefined, offset: undefined };

/** Which of the records are in the log, and where. */
interface AppendedTo extends Appended {
  readonly partition: number;
}

/** What became of an attempt: what was appended, and why the rest was not. */
interface Attempted {
  readonly appended?: AppendedTo;
  readonly failure?: PublishFailure;
}

/** Publishes, and takes every failure of the transport for what it says about the records. */
async function attempt(
  publishables: readonly Publishable[],
  { self, transport }: PublishDeps,
): Promise<Attempted> {
  const [first] = publishables;
  if (first === undefined) throw new MsgError('bug', 'nothing to publish');
  const { topic } = first.delivery;
  const records = publishables.map(({ row, sealed }) => recordFor(row, sealed, self));
  let partition: number | undefined;
  try {
    partition = await transport.partitionFor(topic, self);
    checkpoint('publish:begun');
    const { baseOffset } = await transport.publish(topic, partition, records);
    checkpoint('publish:acknowledged');
    return { appended: { partition, count: records.length, baseOffset } };
  } catch (error) {
    if (partition === undefined || !(error instanceof PublishOutcomeUnknown)) {
      return { failure: classify(error, partition !== undefined) };
    }
    const { appended, cause } = error;
    if (appended === undefined || !(cause instanceof MsgError)) {
      return { failure: classify(error, true) };
    }
    return {
      appended: { ...appended, partition },
      failure: { outcome: 'not-sent', error: cause },
    };
  }
}

/** A transport says with a MsgError that nothing was appended; anything else leaves that open. */
function classify(error: unknown, mayHaveLeft: boolean): PublishFailure {
  if (error instanceof MsgError) return { outcome: 'not-sent', error };
  const reason = error instanceof Error ? error.message : String(error);
  const unknown = new MsgError('broker-unreachable', reason, { cause: error });
  if (error instanceof PublishOutcomeUnknown || mayHaveLeft) {
    return { outcome: 'unknown', error: unknown };
  }
  throw error;
}

/** The record of one message (docs/wire-format.md, section "Kafka record"). */
export function recordFor(
  { id, kind }: Pick<OutboxRow, 'id' | 'kind'>,
  sealed: Uint8Array,
  from: PeerName,
): OutgoingRecord {
  return {
    key: from,
    value: sealed,
    headers: { 'msg-v': '1', 'msg-id': id, 'msg-from': from, 'msg-kind': kind },
  };
}
