import type { EachBatchPayload } from 'kafkajs';
import type { StartPosition, SubscribeOptions } from '../port.js';
import type { Reading } from './assignment.js';
import { runsOf, storedRecord } from './stored-record.js';

/** The subscriber's own handler failed; its error is in `cause`. */
export class HandlerFailure extends Error {
  constructor(cause: unknown) {
    super('the handler of the records failed', { cause });
  }
}

/** The log ends before the position that was read last: it is another one. */
export class LogReplaced extends Error {
  constructor() {
    super('the topic was made anew, or lost its end');
  }
}

/** Whom a batch is handed to, and what is asked on the way. */
export interface DeliveryOptions {
  readonly subscription: SubscribeOptions;
  /** The first offset that a partition still holds. */
  readonly lowOf: (partition: number) => Promise<bigint>;
}

/**
 * Takes a fetched batch over: kafkajs fetches what is behind it from now on.
 *
 * @throws LogReplaced.
 */
export async function takeOver(
  payload: EachBatchPayload,
  reading: Reading,
  { subscription, lowOf }: DeliveryOptions,
): Promise<void> {
  const { batch } = payload;
  const first = BigInt(batch.messages[0]?.offset ?? reading.next);
  if (first > reading.next) await tellGap(reading, first, { subscription, lowOf });
  if (first < reading.next) {
    subscription.onNotice({ kind: 'rewound', partition: reading.partition, known: reading.next });
    throw new LogReplaced();
  }
  payload.resolveOffset(batch.messages.at(-1)?.offset ?? batch.lastOffset());
  reading.next = BigInt(batch.lastOffset()) + 1n;
}

/** Commits that a partition was handled up to, not including, an offset. */
export async function commit(
  payload: EachBatchPayload,
  next: bigint,
  { start, commitMetadata: metadata }: SubscribeOptions,
): Promise<void> {
  if (!movesPosition(start)) return;
  const { topic, partition } = payload.batch;
  const position = { partition, offset: `${next}`, metadata };
  await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [position] }] });
}

/** Whether a subscription that starts so moves its group's position. */
export function movesPosition(start: StartPosition): boolean {
  return start.from === 'committed';
}

/** Hands records over; they are durable when this resolves. @throws HandlerFailure */
export async function handOver(
  messages: EachBatchPayload['batch']['messages'],
  { partition }: Reading,
  { onRecords, onNotice }: SubscribeOptions,
): Promise<void> {
  for (const run of runsOf(messages)) {
    if (!run.isReadable) {
      onNotice({ kind: 'unreadable', partition, from: run.from, to: run.to, reason: run.reason });
      continue;
    }
    const { topic, partition: number } = partition;
    try {
      await onRecords(
        run.messages.map((one) => storedRecord(topic, number, one)),
        partition,
      );
    } catch (error) {
      throw new HandlerFailure(error);
    }
  }
}

/** kafkajs goes to the earliest record left, without a word, when the broker lacks an offset. */
async function tellGap(
  { partition, next }: Reading,
  first: bigint,
  { subscription, lowOf }: DeliveryOptions,
): Promise<void> {
  const low = await lowOf(partition.partition);
  if (low <= next) return;
  subscription.onNotice({ kind: 'gap', partition, from: next, to: low < first ? low : first });
}
