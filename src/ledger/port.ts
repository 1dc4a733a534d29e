import type { BatchLedger } from './port/batches.js';
import type { AnswerLedger } from './port/answers.js';
import type { HistoryLedger } from './port/history.js';
import type { IncomingFileLedger } from './port/incoming-files.js';
import type { InboxLedger } from './port/inbox.js';
import type { LaneLedger } from './port/lanes.js';
import type { OutboxLedger } from './port/outbox.js';
import type { OutgoingFileLedger } from './port/outgoing-files.js';
import type { PruneLedger } from './port/prune.js';
import type { QuarantineLedger } from './port/quarantine.js';
import type { ReaderLedger } from './port/readers.js';
import type { ReceiptLedger } from './port/receipts.js';
import type { RequestLedger } from './port/requests.js';
import type { ReplayLedger } from './port/replays.js';
import type { StreamLedger } from './port/streams.js';
import type { StatusLedger } from './port/status.js';

export type * from './port/batches.js';
export type * from './port/answers.js';
export type * from './port/history.js';
export type * from './port/inbox.js';
export type * from './port/incoming-files.js';
export type * from './port/lanes.js';
export type * from './port/outbox.js';
export type * from './port/outgoing-files.js';
export type * from './port/prune.js';
export type * from './port/quarantine.js';
export type * from './port/readers.js';
export type * from './port/receipts.js';
export type * from './port/requests.js';
export type * from './port/replays.js';
export type * from './port/status.js';
export type * from './port/streams.js';

/**
 * What happened, durably: every method that changes something has it on the disk when its promise
 * resolves, but for four that say so: what they write is done again where it was forgotten. Several processes may use one ledger. Failures are MsgErrors `disk-full`, `ledger-busy`
 * or `config` (the file is not a ledger, or of a newer version).
 */
export interface Ledger {
  /** A UUID made with the ledger; it travels with every committed position. */
  readonly id: string;
  readonly inbox: InboxLedger;
  readonly incoming: IncomingFileLedger;
  readonly lanes: LaneLedger;
  readonly outbox: OutboxLedger;
  readonly outgoing: OutgoingFileLedger;
  readonly quarantine: QuarantineLedger;
  readonly readers: ReaderLedger;
  readonly receipts: ReceiptLedger;
  readonly requests: RequestLedger;
  readonly answers: AnswerLedger;
  readonly history: HistoryLedger;
  readonly replays: ReplayLedger;
  readonly pruning: PruneLedger;
  readonly status: StatusLedger;
  readonly streams: StreamLedger;
  readonly batches: BatchLedger;
  /** Resolves once everything that this process has written is on the disk. */
  durable(): Promise<void>;
  close(): Promise<void>;
}
