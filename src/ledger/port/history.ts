import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { InboxRow } from './inbox.js';
import type { OutboxRow } from './outbox.js';

/** Which messages to list. Times are Unix milliseconds; `until` is exclusive. */
export interface MessageFilter {
  readonly direction?: 'in' | 'out';
  readonly peer?: PeerName;
  readonly state?: string;
  readonly since?: number;
  readonly until?: number;
  readonly correlationId?: string;
  /** Also the receipts and rejections that went out. */
  readonly answers?: boolean;
  readonly limit?: number;
}

/** One line of history, newest last. */
export type HistoryRow =
  ({ readonly direction: 'in' } & InboxRow) | ({ readonly direction: 'out' } & OutboxRow);

/** How many of each there are. */
export interface LedgerCounts {
  /** Messages ever received, in whatever state. */
  readonly received: number;
  readonly done: number;
  /** How often messages came again. */
  readonly duplicates: number;
  /** Records in quarantine. */
  readonly quarantined: number;
  /** Deliveries to recipients that are still to be made. */
  readonly queued: number;
  readonly sent: number;
}

/** What happened, in both directions. */
export interface HistoryLedger {
  /** Everything known under an id: what was sent, and what came, oldest first. */
  find(id: MessageId): Promise<readonly HistoryRow[]>;
  /** The newest messages that pass the filter, oldest of them first. */
  list(filter: MessageFilter): Promise<readonly HistoryRow[]>;
  counts(): Promise<LedgerCounts>;
}
