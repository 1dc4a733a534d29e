import type { PeerName } from '../../domain/peer-name.js';
import type { LogPosition } from './inbox.js';

/** What the log still has of a partition: records from `low` on. */
export interface HeldLog extends LogPosition {
  readonly low: bigint;
}

/** What is to be forgotten. */
export interface PruneRequest {
  /** Only what was over before this moment (Unix ms). */
  readonly before: number;
  /**
   * The ids of messages go, too, unless the log still has their records; without it only bytes go, and
   * everything stays known.
   */
  readonly ids: { readonly held: readonly HeldLog[] } | undefined;
}

/** How much is, or would be, forgotten. */
export interface PruneCounts {
  /** Received messages whose sealed bytes go. */
  readonly receivedBytes: number;
  /** Received messages that are forgotten altogether, their senders' floors raised. */
  readonly receivedIds: number;
  readonly sentBytes: number;
  readonly sentIds: number;
  /** Entries of the quarantine that had been retried or dropped. */
  readonly quarantined: number;
  /** Sealed bytes, in all. */
  readonly size: number;
}

/** Up to when (Unix ms) what a sender sealed is refused unless it is known. */
export interface Floor {
  readonly sender: PeerName;
  readonly sentUntil: number;
}

/** Forgets what is over, and never what would then be delivered a second time. */
export interface PruneLedger {
  /** What would go. */
  plan(request: PruneRequest): Promise<PruneCounts>;
  /**
   * Forgets a part, all of it or nothing: at most `limit` of each sort. When all counts are zero,
   * nothing is left to be forgotten.
   */
  step(request: PruneRequest, limit: number): Promise<PruneCounts>;
  floors(): Promise<readonly Floor[]>;
  /** The topics that messages came from. */
  topics(): Promise<readonly string[]>;
}
