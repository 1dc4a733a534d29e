import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { OutboxDelivery, OutboxRow } from '../ledger/port.js';
import { PublishOutcomeUnknown, type OutgoingRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';

/** Why a publish did not succeed, and whether the log may have it nevertheless. */
export interface PublishFailure {
  readonly outcome: 'not-sent' | 'unknown';
  readonly error: MsgError;
}

/** What became of the delivery to one recipient. */
export interface PublishedDelivery {
  readonly peer: PeerName;
  readonly topic: string;
  readonly state: 'sent' | 'already-sent' | 'queued';
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  readonly failure?: PublishFailure;
}

type PublishDeps = Pick<MessagingDeps, 'self' | 'ledger' | 'transport'>;

/** Publishes the kept bytes to every recipient that has not been served, each on its own. */
export async function publishPending(
  row: OutboxRow,
  sealed: Uint8Array,
  deps: PublishDeps,
): Promise<readonly PublishedDelivery[]> {
  const record = recordFor(row.id, row.kind, sealed, deps.self);
  return Promise.all(row.deliveries.map((delivery) => publishOne(row.id, delivery, record, deps)));
}

async function publishOne(
  id: MessageId,
  delivery: OutboxDelivery,
  record: OutgoingRecord,
  deps: PublishDeps,
): Promise<PublishedDelivery> {
  const { recipient, topic } = delivery;
  if (delivery.state === 'sent') {
    const { partition, offset } = delivery;
    return { peer: recipient, topic, state: 'already-sent', partition, offset };
  }
  try {
    const partition = await deps.transport.partitionFor(topic, record.key);
    await deps.ledger.beginPublish(id, recipient);
    const { baseOffset: offset } = await deps.transport.publish(topic, partition, [record]);
    await deps.ledger.markSent(id, recipient, { partition, offset });
    return { peer: recipient, topic, state: 'sent', partition, offset };
  } catch (error) {
    const failure = classify(error);
    await deps.ledger.markQueued(id, recipient, failure.error.message, failure.outcome);
    return {
      peer: recipient,
      topic,
      state: 'queued',
      partition: undefined,
      offset: undefined,
      failure,
    };
  }
}

function classify(error: unknown): PublishFailure {
  if (error instanceof PublishOutcomeUnknown) {
    const cause = new MsgError('broker-unreachable', error.message, { cause: error });
    return { outcome: 'unknown', error: cause };
  }
  if (error instanceof MsgError) return { outcome: 'not-sent', error };
  throw error;
}

/** The record of one message (docs/wire-format.md, section "Kafka record"). */
export function recordFor(
  id: MessageId,
  kind: string,
  sealed: Uint8Array,
  from: PeerName,
): OutgoingRecord {
  return {
    key: from,
    value: sealed,
    headers: { 'msg-v': '1', 'msg-id': id, 'msg-from': from, 'msg-kind': kind },
  };
}
