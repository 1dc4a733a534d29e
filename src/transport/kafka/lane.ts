import { MsgError } from '../../errors.js';
import { PublishOutcomeUnknown, type Appended, type OutgoingRecord } from '../port.js';
import { recordSize } from './record-size.js';

/** The bounds of one request; kafkajs neither lingers nor splits. */
export const MOST_BATCH_RECORDS = 500;
export const MOST_BATCH_BYTES = 900_000;

/** Appends one request's records, retrying as long as that is safe and sensible. */
export type SendBatch = (records: readonly OutgoingRecord[]) => Promise<bigint | undefined>;

/** A call of publish, waiting for its turn or under way. */
interface Job {
  readonly records: readonly OutgoingRecord[];
  next: number;
  baseOffset: bigint | undefined;
  readonly resolve: (baseOffset: bigint | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** A part of a job within a batch. */
interface Part {
  readonly job: Job;
  readonly isFirst: boolean;
  readonly records: readonly OutgoingRecord[];
}

/**
 * Everything that goes to one partition, in order and with one request at a time: kafkajs reorders
 * concurrent sends, idempotent or not. What arrives while a request is out travels with the next one.
 */
export class Lane {
  readonly #send: SendBatch;
  readonly #jobs: Job[] = [];
  #working = false;

  constructor(send: SendBatch) {
    this.#send = send;
  }

  /** Whether nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return !this.#working;
  }

  /** Appends the records and gives the first one's offset. */
  publish(records: readonly OutgoingRecord[]): Promise<bigint | undefined> {
    if (records.length === 0) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#jobs.push({ records, next: 0, baseOffset: undefined, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#jobs.length > 0) await this.#sendNext();
    this.#working = false;
  }

  async #sendNext(): Promise<void> {
    const parts = this.#takeBatch();
    const [first] = parts;
    if (first === undefined) return;
    if (parts.length === 1) await this.#deliverAlone(first);
    else await this.#deliverTogether(parts);
    while (this.#jobs[0] !== undefined && isDone(this.#jobs[0])) this.#jobs.shift();
  }

  /** A batch may be too large where none of its parts is: then they go one by one. */
  async #deliverTogether(parts: readonly Part[]): Promise<void> {
    try {
      settle(parts, await this.#send(parts.flatMap((part) => part.records)));
    } catch (error) {
      if (isTooLarge(error)) for (const part of parts) await this.#deliverAlone(part, error);
      else for (const part of parts) this.#fail(part, error);
    }
  }

  /** @param before how it failed together with others. */
  async #deliverAlone(part: Part, before?: unknown): Promise<void> {
    try {
      settle([part], await sendSplitting(part.records, this.#send));
    } catch (error) {
      this.#fail(part, before instanceof PublishOutcomeUnknown ? partlySent(error) : error);
    }
  }

  /** Whole jobs in order, or the next part of one that is too large for a request. */
  #takeBatch(): Part[] {
    const parts: Part[] = [];
    let room = MOST_BATCH_BYTES;
    let count = MOST_BATCH_RECORDS;
    for (const job of this.#jobs) {
      const start = job.next;
      while (job.next < job.records.length && count > 0) {
        const size = sizeAt(job, job.next);
        if (size > room && room < MOST_BATCH_BYTES) break;
        job.next += 1;
        room -= size;
        count -= 1;
      }
      if (job.next > start) {
        parts.push({ job, isFirst: start === 0, records: job.records.slice(start, job.next) });
      }
      if (!isDone(job) || room <= 0 || count === 0) break;
    }
    return parts;
  }

  /** Ends a job. When its beginning was appended before, its author may only send it all again. */
  #fail({ job, isFirst }: Part, error: unknown): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    job.reject(isFirst ? error : partlySent(error));
  }
}

/** Sends records in halves when they are too large for one request together. */
async function sendSplitting(
  records: readonly OutgoingRecord[],
  send: SendBatch,
): Promise<bigint | undefined> {
  let hasBegun: boolean;
  try {
    return await send(records);
  } catch (error) {
    if (records.length === 1 || !isTooLarge(error)) throw error;
    hasBegun = error instanceof PublishOutcomeUnknown;
  }
  const half = Math.ceil(records.length / 2);
  let appended: Appended = { count: 0, baseOffset: undefined };
  try {
    const baseOffset = await sendSplitting(records.slice(0, half), send);
    appended = { count: half, baseOffset };
    await sendSplitting(records.slice(half), send);
    return baseOffset;
  } catch (error) {
    throw hasBegun ? partlySent(error) : behind(appended, error);
  }
}

/** Nobody knows which of them. */
function partlySent(error: unknown): PublishOutcomeUnknown {
  const cause = error instanceof PublishOutcomeUnknown ? error.cause : error;
  return new PublishOutcomeUnknown(PARTLY, { cause });
}

/** The failure of what was sent behind records that the log has. */
function behind({ count, baseOffset }: Appended, error: unknown): unknown {
  if (count === 0) return error;
  if (!(error instanceof PublishOutcomeUnknown)) {
    // A MsgError says that nothing was appended; of anything else nobody knows.
    const appended = error instanceof MsgError ? { appended: { count, baseOffset } } : {};
    return new PublishOutcomeUnknown(PARTLY, { cause: error, ...appended });
  }
  if (error.appended === undefined) return partlySent(error);
  const appended = { count: count + error.appended.count, baseOffset };
  return new PublishOutcomeUnknown(PARTLY, { cause: error.cause, appended });
}

const PARTLY = 'some of the records may have been appended, then it failed';

/** Also where an earlier attempt got no answer: smaller requests are what comes next in any case. */
function isTooLarge(error: unknown): boolean {
  const refusal = error instanceof PublishOutcomeUnknown ? error.cause : error;
  return refusal instanceof MsgError && refusal.code === 'too-large';
}

function isDone(job: Job): boolean {
  return job.next >= job.records.length;
}

function sizeAt(job: Job, index: number): number {
  const record = job.records[index];
  return record === undefined ? 0 : recordSize(record);
}

function settle(parts: readonly Part[], baseOffset: bigint | undefined): void {
  let offset = baseOffset;
  for (const { job, isFirst, records } of parts) {
    if (isFirst) job.baseOffset = offset;
    if (isDone(job)) job.resolve(job.baseOffset);
    if (offset !== undefined) offset += BigInt(records.length);
  }
}
