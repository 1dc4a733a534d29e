import { receiptFor } from '../../envelope/receipt-content.js';
import type { Opened } from '../../envelope/types.js';
import type { ReceiptRequest } from '../../ledger/port.js';

/**
 * What the ledger keeps of a message that asks for receipts, so that each of them can be made without
 * opening the message again; undefined where it asks for none.
 */
export function requestOf(opened: Opened): ReceiptRequest | undefined {
  const { receipt: wants } = opened.header;
  if (wants === undefined) return undefined;
  const { content, msgSigDigest } = receiptFor(opened);
  return { wants, content, msgSigDigest };
}
