import { setTimeout as pause } from 'node:timers/promises';
import { checkpoint } from '../domain/checkpoint.js';
import { othersTurn } from '../domain/turn.js';
import { isChunk } from '../envelope/chunk-read.js';
import type { ClaimOutcome, IncomingRecord, RecordSource } from '../ledger/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import { Assembly } from './assembly.js';
import type { MessagingDeps } from './deps.js';
import type { FileBeingReceived } from './file-being-received.js';
import { inspectRecord, sourceOf, type Inspected } from './inspect.js';
import { isPassing } from './passing.js';
import type { OpenedCache } from './opened-cache.js';
import { patiently } from './patience.js';
import { cacheKey } from './prepare-delivery.js';
import { withAnswer } from './receipts/give.js';
import { SettingAside, type Aside } from './setting-aside.js';
import { removeStrays } from './spool-upkeep.js';

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
  /** Whether to wait for a ledger or disk that cannot be used for now, instead of ending with its failure. */
  readonly isPatient: boolean;
  readonly cache: OpenedCache;
  readonly signal: AbortSignal;
  /** Told that there is more in the ledger, which can be claimed though it may not be on the disk. */
  readonly onKept: () => void;
  readonly onReceived: (events: readonly ReceiptEvent[]) => Promise<void>;
  /** Told how far a large payload has come. */
  readonly onProgress: (file: FileBeingReceived) => void;
}

/** Consecutive records of a partition that are taken in together. */
interface Run {
  readonly partition: PartitionId;
  readonly receivedAt: number;
  readonly aside: Aside;
  /** Whether nothing is before this record that could be kept first. */
  readonly isFirst: boolean;
}

/** Records that are kept in one transaction, on the disk as far as they belong there. */
interface Prepared {
  readonly inspected: readonly Inspected[];
  readonly files: readonly FileBeingReceived[];
}

/**
 * Takes in what a subscription brings: judges the records and keeps them, with the next offset, in
 * ledger transactions. Chunks are on the disk before.
 */
export class Receiver {
  readonly #deps: MessagingDeps;
  readonly #options: ReceiveOptions;
  /** Partitions are served side by side, and each has its own. */
  readonly #assemblies = new Map<number, Assembly>();
  readonly #setAside: SettingAside;

  constructor(deps: MessagingDeps, options: ReceiveOptions) {
    this.#deps = deps;
    this.#setAside = new SettingAside(deps);
    this.#options = options;
  }

  /** Handles consecutive records; when this resolves nothing of them can be lost any more. */
  async take(records: readonly StoredRecord[], partition: PartitionId): Promise<void> {
    for (let rest = records; rest.length > 0;) {
      const count = await this.#takeRun(rest, partition);
      rest = rest.slice(count);
    }
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    for (const assembly of this.#assemblies.values()) await assembly.close();
  }

  /** Takes in records up to one that changes which chunks are waited for; says how many. */
  async #takeRun(records: readonly StoredRecord[], partition: PartitionId): Promise<number> {
    const assembly = this.#assemblyOf(partition);
    const { inspected, files } = await this.#keep(() =>
      this.#prepareAnew(records, partition, assembly),
    );
    const taken = records.slice(0, inspected.length);
    const next = this.#options.movesPosition ? positionAfter(taken, partition) : undefined;
    const kept: IncomingRecord[] = [];
    for (const one of inspected) kept.push(await withAnswer(one, this.#deps));
    checkpoint('receive:judged');
    const outcomes = await this.#keep(() => this.#deps.ledger.inbox.receive(kept, next));
    checkpoint('receive:stored');
    const events = taken.map((stored, index): ReceiptEvent => {
      const [outcome, one] = [outcomes[index], inspected[index]];
      if (outcome === undefined || one === undefined) throw new Error('an outcome is missing');
      return { outcome, inspected: one, stored };
    });
    for (const event of events) remember(event, this.#options.cache);
    this.#options.onKept();
    await this.#deps.ledger.durable();
    await this.#tidy(kept, assembly);
    for (const file of files) this.#options.onProgress(file);
    await this.#options.onReceived(events);
    return taken.length;
  }

  async #prepare(
    records: readonly StoredRecord[],
    partition: PartitionId,
    assembly: Assembly,
  ): Promise<Prepared> {
    const receivedAt = this.#deps.clock();
    const inspected: Inspected[] = [];
    const aside = await this.#setAside.begin(this.#options.movesPosition);
    for (const stored of records) {
      const isFirst = inspected.length === 0;
      const one = isChunk(stored.value)
        ? await takeChunk(stored, partition, assembly)
        : await this.#inspectPatiently(stored, { partition, receivedAt, aside, isFirst });
      if (one === undefined) break;
      inspected.push(one);
      // Opening takes milliseconds of computing: deliveries, heartbeats and signals come in between.
      await othersTurn();
      if (one.record.outcome === 'manifest' || one.record.outcome === 'abort') break;
    }
    const files = await assembly.sync();
    if (files.length > 0) checkpoint('receive:spooled');
    return { inspected, files };
  }

  /** After a failure the ledger alone knows what is on the disk. */
  async #prepareAnew(
    records: readonly StoredRecord[],
    partition: PartitionId,
    assembly: Assembly,
  ): Promise<Prepared> {
    try {
      return await this.#prepare(records, partition, assembly);
    } catch (error) {
      await assembly.close();
      throw error;
    }
  }

  /** While the disk is full, or the ledger is held, what comes in waits: nothing is lost. */
  #keep<T>(work: () => Promise<T>): Promise<T> {
    const { isPatient, signal } = this.#options;
    if (!isPatient) return work();
    const onTrouble = ({ message }: Error): void => {
      this.#deps.warn(`nothing can be taken in for now: ${message}`);
    };
    return patiently(work, { signal, onTrouble });
  }

  /**
   * What cannot be judged now is set aside, and the others go on; where it cannot be, all of them wait:
   * refusing it would lose it. Undefined where what is before it has to be kept first, since it may be
   * that what it waits for.
   */
  async #inspectPatiently(stored: StoredRecord, run: Run): Promise<Inspected | undefined> {
    const { signal } = this.#options;
    let { aside } = run;
    for (let tries = 1; ; tries++) {
      try {
        const deps = this.#setAside.depsFor(aside);
        return await inspectRecord(stored, run.partition, deps, run.receivedAt);
      } catch (error) {
        if (!isPassing(error) || signal.aborted) throw error;
        const kept = await this.#setAside.keep(error, { stored, ...run, aside });
        if (kept !== undefined) return kept;
        if (!run.isFirst) return undefined;
        if (tries === 1) this.#deps.warn(`a message waits: ${error.message}`);
        await pause(ASK_AGAIN, undefined, { signal }).catch(() => undefined);
        aside = await this.#setAside.begin(this.#options.movesPosition);
      }
    }
  }

  /** What was given up, and what is whole, need not be held open any more. */
  async #tidy(records: readonly IncomingRecord[], assembly: Assembly): Promise<void> {
    if (!records.some(isGivenUp)) return assembly.relax();
    await assembly.close();
    await removeStrays(this.#deps);
  }

  #assemblyOf({ partition }: PartitionId): Assembly {
    const assembly = this.#assemblies.get(partition) ?? new Assembly(this.#deps);
    this.#assemblies.set(partition, assembly);
    return assembly;
  }
}

async function takeChunk(
  stored: StoredRecord,
  partition: PartitionId,
  assembly: Assembly,
): Promise<Inspected> {
  const record = await assembly.take(stored, sourceOf(stored, partition));
  return { record, opened: undefined };
}

function isGivenUp(record: IncomingRecord): boolean {
  if (record.outcome === 'chunk') return record.chunk.end?.isWhole === false;
  return record.outcome === 'abort';
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

function remember({ outcome, inspected }: ReceiptEvent, cache: OpenedCache): void {
  if (outcome !== 'new' || inspected.opened === undefined) return;
  const { from, id } = inspected.opened.header;
  cache.put(cacheKey(from, id), inspected.opened);
}
