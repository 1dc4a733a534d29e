import type { LaneKind, MissingMessage } from '../ledger/port.js';
import type { StartPosition, SubscriptionNotice } from '../transport/port.js';
import type { FileBeingReceived } from './file-being-received.js';
import type { FlushEvent } from './flush.js';
import type { JudgedRecord } from './judge-waiting.js';
import type { LookBackEvent } from './replay/looking-back.js';
import type { ReceiptEvent } from './receive.js';
import type { DeliveryEvent } from './settlement.js';
import type { Sink } from './sink.js';
import type { GivenUpFile } from './spool-upkeep.js';

/** Where to begin: at the position (`committed`), or looking back without moving it. */
export type ListenFrom =
  Exclude<StartPosition, { from: 'committed' }> | { readonly from: 'committed' };

/** How to listen. */
export interface ListenOptions {
  readonly topic: string;
  readonly from: ListenFrom;
  readonly sink: Sink;
  readonly lanes: number;
  /** How often a handler may fail on one message before that goes to quarantine; absent: for ever. */
  readonly maxAttempts?: number | undefined;
  /** End after so many messages. */
  readonly count: number | undefined;
  /** End when everything that is there has been delivered. */
  readonly untilEmpty: boolean;
  /** End when nothing came for so many milliseconds. */
  readonly idleTimeout: number | undefined;
  /** Go on although another ledger has read this inbox before. */
  readonly adopt: boolean;
  /** For how long the log may be away, in milliseconds. */
  readonly giveUpAfter: number;
  /** What goes out of the outbox meanwhile: receipts at least, or everything that waits. */
  readonly flush: readonly LaneKind[];
  readonly onEvent: (event: ListenEvent) => void;
  readonly signal: AbortSignal;
}

/** What a listener reports as it happens. */
export type ListenEvent =
  | DeliveryEvent
  | LookBackEvent
  | { readonly kind: 'outbox'; readonly event: FlushEvent }
  | { readonly kind: 'received'; readonly receipt: ReceiptEvent }
  | { readonly kind: 'judged'; readonly judged: JudgedRecord }
  | { readonly kind: 'progress'; readonly file: FileBeingReceived }
  | { readonly kind: 'given-up'; readonly file: GivenUpFile }
  | { readonly kind: 'missing'; readonly message: MissingMessage }
  | { readonly kind: 'notice'; readonly notice: SubscriptionNotice };
