import { open } from '../../src/envelope/open.js';
import { detachContent } from '../../src/envelope/detached.js';
import type { Attested } from '../../src/domain/attested.js';
import type { Header } from '../../src/envelope/header.js';
import { receiptFor } from '../../src/envelope/receipt-content.js';
import type { Opened } from '../../src/envelope/types.js';
import type { TestPeer } from './pki.js';
import { LIMITS, sealFor } from './sealed.js';

export const RECEIPT_TYPE = 'application/pkcs7-mime; smime-type=signed-receipt';

/** A message that asks for receipts, as its recipient has opened it. */
export async function messageWithRequest(
  from: TestPeer,
  to: TestPeer,
  payload: Uint8Array = Buffer.from('hello'),
): Promise<Opened> {
  const fields: Partial<Header> = { receipt: ['received', 'processed'] };
  return open(await sealFor(from, [to], payload, { fields }), [to], LIMITS);
}

/** What the sender of a message has kept of it. */
export function originalOf({ signedData }: Pick<Opened, 'signedData'>): Buffer {
  return detachContent(signedData);
}

/** A sealed receipt for a message. */
export async function receiptBy(
  recipient: TestPeer,
  sender: TestPeer,
  message: Opened,
  attests: Attested = 'received',
): Promise<Uint8Array> {
  const { content, msgSigDigest } = receiptFor(message);
  return sealFor(recipient, [sender], content, {
    fields: {
      kind: 'receipt',
      contentType: RECEIPT_TYPE,
      replyTo: message.header.id,
      attests,
    },
    attributes: [msgSigDigest],
  });
}
