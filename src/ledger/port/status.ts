import type { InboxState, OutboxState } from '../../domain/message-states.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { BlockedLane } from './lanes.js';
import type { UnjudgedCount } from './quarantine.js';
import type { MissingCount } from './streams.js';

/** A received message that has not been delivered. */
export interface UnfinishedMessage {
  readonly id: string;
  readonly sender: PeerName;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** Where everything stands that comes in and goes out. Times are Unix milliseconds. */
export interface LedgerStatus {
  /** How many received messages are in each state. */
  readonly received: Readonly<Record<InboxState, number>>;
  /** How many deliveries to recipients are in each state. */
  readonly sent: Readonly<Record<OutboxState, number>>;
  readonly oldestUnfinished: UnfinishedMessage | undefined;
  readonly blocked: readonly BlockedLane[];
  readonly unjudged: UnjudgedCount;
  /** Senders of whom messages are missing. */
  readonly missing: readonly MissingCount[];
  /** Refused for good, and neither retried nor dropped. */
  readonly quarantined: number;
  /** Large payloads of which chunks are missing. */
  readonly incomplete: number;
  /** Receipts and rejections that could not be sealed yet. */
  readonly owed: number;
  /** How many messages came in since a moment. */
  readonly recent: { readonly since: number; readonly received: number };
}

/** How things stand, for those who watch. */
export interface StatusLedger {
  /** @param since from when on what came in counts as recent. */
  status(since: number): Promise<LedgerStatus>;
}
