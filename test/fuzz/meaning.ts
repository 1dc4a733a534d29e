import { serialiseHeader } from '../../src/envelope/header-json.js';
import type { Opened, PlainReceipt, ReceiptFacts } from '../../src/envelope/types.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Everything that the sender signed, and by which certificate. */
export function meaningOf(opened: Opened | PlainReceipt): string {
  const { signer, signedAttributes, payload, contentType, header } = opened;
  return JSON.stringify([
    signer.fingerprint,
    hex(signedAttributes),
    hex(payload),
    contentType,
    header === undefined ? undefined : serialiseHeader(header),
  ]);
}

/** What a receipt says, to be compared. */
export function receiptKey(receipt: ReceiptFacts): string {
  const { contentType, contentIdentifier, originatorSignature, msgSigDigest } = receipt;
  return [contentType, ...[contentIdentifier, originatorSignature, msgSigDigest].map(hex)].join(
    ' ',
  );
}
