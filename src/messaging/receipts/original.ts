import { hash } from 'node:crypto';
import { detachContent } from '../../envelope/detached.js';
import type { Header } from '../../envelope/header.js';
import { messageDigest } from '../../envelope/header-json.js';
import { signatureIn } from '../../envelope/original.js';
import type { KeptOriginal } from '../../ledger/port.js';

/**
 * What is kept of a message that asks for receipts: whatever they will be checked against, now, since
 * nobody but its recipients can open it afterwards.
 */
export function keptOriginal(sealed: {
  readonly header: Header;
  readonly payload: Uint8Array;
  /** DER of the SignedData in the envelope. */
  readonly signedData: Uint8Array;
}): KeptOriginal {
  const { header, payload } = sealed;
  const signedData = detachContent(sealed.signedData);
  return {
    id: header.id,
    signature: signatureKey(signatureIn(signedData)),
    digest: messageDigest(header, hash('sha256', payload, 'hex')),
    recipients: header.to.map(({ peer }) => peer),
    signedData,
    ...(header.items === undefined ? {} : { items: header.items.map((item) => item.id) }),
  };
}

/** What an original is found by: SHA-256 of its signature value, in hexadecimal. */
export function signatureKey(signature: Uint8Array): string {
  return hash('sha256', signature, 'hex');
}
