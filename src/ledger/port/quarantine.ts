import type { ClaimOutcome, IncomingRecord, RecordSource } from './inbox.js';

/** Which quarantined records to list. Times are Unix milliseconds; `until` is exclusive. */
export interface QuarantineFilter {
  /** The newest so many. */
  readonly limit?: number;
  /** Only records with a smaller number: the page before. */
  readonly before?: number;
  readonly reason?: string;
  /** The sender that the record names, proven or not. */
  readonly sender?: string;
  readonly since?: number;
  readonly until?: number;
  /** Also those that were dropped or taken in since. */
  readonly resolved?: boolean;
}

/** What an operator made of a quarantined record. */
export type Resolution = 'retried' | 'dropped';

/** A refused record that was kept. */
export interface QuarantineRow {
  readonly number: number;
  /** The inbox number of a message that was verified and could not be delivered. */
  readonly message: number | undefined;
  readonly source: RecordSource;
  /** As far as it is known; a hint only, unless there is a `message`. */
  readonly claimedSender: string | undefined;
  readonly claimedId: string | undefined;
  /** A stable name for why. */
  readonly reason: string;
  /** A sentence for the operator. */
  readonly detail: string;
  readonly quarantinedAt: number;
  /** Of the record's value, in bytes, whether or not all of it was kept. */
  readonly size: number;
  /** SHA-256 of the record's value, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly resolution: Resolution | undefined;
  readonly resolvedAt: number | undefined;
}

/** The value of a quarantined record, as far as it was kept. */
export interface QuarantinedBytes {
  readonly bytes: Uint8Array;
  /** False where the pool was full, and only the beginning was kept. */
  readonly isWhole: boolean;
}

/** How much waits for its signer to be judged. */
export interface UnjudgedCount {
  readonly records: number;
  /** How many bytes all records have that nobody verified. */
  readonly bytes: number;
  /** When the oldest of them came, in Unix milliseconds. */
  readonly since: number | undefined;
}

/** What was refused for good, and what waits to be judged. */
export interface QuarantineLedger {
  /** The lanes in which records wait for their signers to be judged. */
  unjudgedLanes(): Promise<readonly string[]>;
  /** The oldest record that waits in a lane. */
  nextUnjudged(lane: string): Promise<QuarantineRow | undefined>;
  unjudged(): Promise<UnjudgedCount>;
  /** Whether one more record of this size may wait. */
  hasRoomFor(size: number): Promise<boolean>;
  /** The newest records that pass the filter, oldest of them first. */
  list(filter: QuarantineFilter): Promise<readonly QuarantineRow[]>;
  find(number: number): Promise<QuarantineRow | undefined>;
  /** The record's value; undefined when it was dropped. */
  sealed(number: number): Promise<QuarantinedBytes | undefined>;
  /**
   * Gives a verified message back to its sender's lane; false when it is none, or is not in
   * quarantine any more. How often it was tried before does not count against it any more.
   */
  requeue(number: number): Promise<boolean>;
  /**
   * Takes a record in that was judged anew, as if it came now: what is known already stays a duplicate
   * or a conflict, and a new refusal replaces the old one. `resolved` when it is not in quarantine any
   * more.
   */
  readmit(number: number, record: IncomingRecord): Promise<ClaimOutcome | 'resolved'>;
  /**
   * Puts a record away for good: its bytes go, and neither its message nor this very record will be
   * taken in again. False when it is not in quarantine any more.
   */
  drop(number: number): Promise<boolean>;
}
