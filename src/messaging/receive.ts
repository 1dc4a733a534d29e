import { setImmediate as othersTurn, setTimeout as pause } from 'node:timers/promises';
import { checkpoint } from '../domain/checkpoint.js';
import type { ClaimOutcome, RecordSource } from '../ledger/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import { cacheKey } from './prepare-delivery.js';
import type { MessagingDeps } from './deps.js';
import { inspectRecord, isPassing, sourceOf, type Inspected } from './inspect.js';
import type { OpenedCache } from './opened-cache.js';
import { patiently } from './patience.js';

/** How long to wait before the directory is asked again about a record, in milliseconds. */
const ASK_AGAIN = 1_000;

/** What became of one record, for the one who reports it. */
export interface ReceiptEvent {
  readonly outcome: ClaimOutcome;
  readonly inspected: Inspected;
  readonly stored: StoredRecord;
}

/** How records are received. */
export interface ReceiveOptions {
  /** Whether the ledger's position moves along; a look back leaves it where it is. */
  readonly movesPosition: boolean;
  /** Whether to wait for a ledger that cannot be used for now, instead of ending with its failure. */
  readonly isPatient: boolean;
  readonly cache: OpenedCache;
  readonly signal: AbortSignal;
  readonly onReceived: (events: readonly ReceiptEvent[]) => Promise<void>;
}

/**
 * Makes the handler of a subscription: judges the records and keeps them, with the next offset, in
 * one ledger transaction. When its promise resolves nothing of them can be lost any more.
 */
export function receiver(deps: MessagingDeps, options: ReceiveOptions) {
  return async (records: readonly StoredRecord[], partition: PartitionId): Promise<void> => {
    const receivedAt = deps.clock();
    const inspected: Inspected[] = [];
    for (const stored of records) {
      const work = () => inspectRecord(stored, partition, deps, receivedAt);
      inspected.push(await inspectPatiently(work, deps, options.signal));
      // Opening takes milliseconds of computing: deliveries, heartbeats and signals come in between.
      await othersTurn();
    }
    const next = options.movesPosition ? positionAfter(records, partition) : undefined;
    const kept = inspected.map(({ record }) => record);
    checkpoint('receive:judged');
    const outcomes = await keep(() => deps.ledger.inbox.receive(kept, next), deps, options);
    checkpoint('receive:stored');
    const events = records.map((stored, index): ReceiptEvent => {
      const [outcome, one] = [outcomes[index], inspected[index]];
      if (outcome === undefined || one === undefined) throw new Error('an outcome is missing');
      return { outcome, inspected: one, stored };
    });
    for (const event of events) remember(event, options.cache);
    await options.onReceived(events);
  };
}

function keep<T>(
  work: () => Promise<T>,
  { warn }: Pick<MessagingDeps, 'warn'>,
  { isPatient, signal }: ReceiveOptions,
): Promise<T> {
  if (!isPatient) return work();
  const onTrouble = ({ message }: Error): void => {
    warn(`nothing can be taken in for now: ${message}`);
  };
  return patiently(work, { signal, onTrouble });
}

/** Where the position moves to when these records are kept: behind the last of them. */
function positionAfter(
  records: readonly StoredRecord[],
  partition: PartitionId,
): RecordSource | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const source = sourceOf(last, partition);
  return { ...source, offset: source.offset + 1n };
}

/** While the directory cannot be asked a record waits: refusing it would lose it. */
async function inspectPatiently(
  inspect: () => Promise<Inspected>,
  deps: Pick<MessagingDeps, 'warn'>,
  signal: AbortSignal,
): Promise<Inspected> {
  for (let tries = 1; ; tries++) {
    try {
      return await inspect();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      if (tries === 1) deps.warn(`a message waits: ${error.message}`);
      await pause(ASK_AGAIN, undefined, { signal }).catch(() => undefined);
    }
  }
}

function remember({ outcome, inspected }: ReceiptEvent, cache: OpenedCache): void {
  if (outcome !== 'new' || inspected.opened === undefined) return;
  const { from, id } = inspected.opened.header;
  cache.put(cacheKey(from, id), inspected.opened);
}
