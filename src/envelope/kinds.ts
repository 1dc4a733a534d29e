import type { Header, MessageKind } from './header.js';
import { CONTENT_TYPE } from './oids.js';

/** The content type that goes with each kind of message. */
export const CONTENT_TYPE_OF: Readonly<Record<MessageKind, string>> = {
  message: CONTENT_TYPE.data,
  manifest: CONTENT_TYPE.data,
  batch: CONTENT_TYPE.data,
  rejected: CONTENT_TYPE.data,
  receipt: CONTENT_TYPE.receipt,
};

/** Whether the signed content is the payload byte for byte: not a manifest of it, and not encoded. */
export function isPayloadItself({ kind, encoding }: Header): boolean {
  return kind !== 'manifest' && encoding === undefined;
}
