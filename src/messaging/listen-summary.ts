import type { JudgedRecord } from './judge-waiting.js';
import type { ReceiptEvent } from './receive.js';

/** What a listener did. */
export interface ListenSummary {
  delivered: number;
  replayed: number;
  /** What a look back could not deliver again. */
  notReplayed: number;
  duplicates: number;
  refused: number;
  /** Receipts and rejections of what was sent. */
  receipts: number;
}

/** That of a listener that has only begun. */
export function emptySummary(): ListenSummary {
  return { delivered: 0, replayed: 0, notReplayed: 0, duplicates: 0, refused: 0, receipts: 0 };
}

/** Counts what became of a record. */
export function countOutcome(
  summary: ListenSummary,
  { outcome }: ReceiptEvent | JudgedRecord,
): void {
  if (outcome === 'receipt') summary.receipts++;
  if (outcome === 'duplicate') summary.duplicates++;
  if (outcome === 'refused' || outcome === 'conflict') summary.refused++;
}
