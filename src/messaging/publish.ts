import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { OutboxDelivery, OutboxRow } from '../ledger/port.js';
import { PublishOutcomeUnknown, type OutgoingRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './inspect.js';

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

type PublishDeps = Pick<MessagingDeps, 'self' | 'ledger' | 'transport' | 'warn'>;

/**
 * Publishes the kept bytes to every recipient that has not been served, each on its own.
 *
 * @param options.begun whether the ledger has noted already that the publish begins.
 */
export async function publishPending(
  row: OutboxRow,
  sealed: Uint8Array,
  deps: PublishDeps,
  { begun = false } = {},
): Promise<readonly PublishedDelivery[]> {
  const record = recordFor(row.id, row.kind, sealed, deps.self);
  return Promise.all(
    row.deliveries.map((delivery) => publishOne(row.id, { ...delivery, begun }, record, deps)),
  );
}

async function publishOne(
  id: MessageId,
  delivery: OutboxDelivery & { readonly begun: boolean },
  record: OutgoingRecord,
  deps: PublishDeps,
): Promise<PublishedDelivery> {
  const { recipient, topic } = delivery;
  if (delivery.state === 'sent') {
    const { partition, offset } = delivery;
    return { peer: recipient, topic, state: 'already-sent', partition, offset };
  }
  const outcome = await attempt(id, delivery, record, deps);
  if ('failure' in outcome) {
    const { failure } = outcome;
    await note(deps, `${id} waits for ${recipient}`, () =>
      deps.ledger.outbox.markQueued(id, recipient, failure.error.message, failure.outcome),
    );
    return { peer: recipient, topic, state: 'queued', ...NOWHERE, failure };
  }
  const { partition, offset } = outcome;
  await note(deps, `${id} was sent to ${recipient}`, () =>
    deps.ledger.outbox.markSent(id, recipient, { partition, offset }),
  );
  return { peer: recipient, topic, state: 'sent', partition, offset };
}

/**
 * Published is published, and kept is kept, also when the ledger cannot take a note of it now: to the
 * ledger the publish is still under way, and a later flush repeats the same bytes.
 */
async function note(
  { warn }: Pick<PublishDeps, 'warn'>,
  what: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isPassing(error)) throw error;
    warn(`${what}, but the ledger could not note it: ${error.message}`);
  }
}

const NOWHERE = { partition: undefined, offset: undefined };

/** Publishes, and takes every failure of the transport for what it says about the record. */
async function attempt(
  id: MessageId,
  { recipient, topic, begun }: OutboxDelivery & { readonly begun: boolean },
  record: OutgoingRecord,
  { transport, ledger }: PublishDeps,
): Promise<
  | { readonly failure: PublishFailure }
  | { readonly partition: number; readonly offset: bigint | undefined }
> {
  let mayHaveLeft = false;
  try {
    const partition = await transport.partitionFor(topic, record.key);
    if (!begun) await ledger.outbox.beginPublish(id, recipient);
    mayHaveLeft = true;
    const { baseOffset } = await transport.publish(topic, partition, [record]);
    return { partition, offset: baseOffset };
  } catch (error) {
    return { failure: classify(error, mayHaveLeft) };
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
