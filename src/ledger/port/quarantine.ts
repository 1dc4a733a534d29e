import type { RefusedRecord } from './inbox.js';

/** A refused record that was kept. */
export interface QuarantineRow extends RefusedRecord {
  readonly number: number;
  readonly quarantinedAt: number;
}

/** What was refused for good. */
export interface QuarantineLedger {
  /** The newest quarantined records, oldest of them first. */
  list(filter: { readonly limit?: number }): Promise<readonly QuarantineRow[]>;
}
