import { isUtf8 } from 'node:buffer';
import { formatByteSize } from '../domain/byte-size.js';
import { MessageRefused } from './message-refused.js';

/** The longest reply that is taken from a handler, in bytes. */
export const LARGEST_REPLY = 64 * 1024 * 1024;

/** The media type of a reply that says nothing of its own: JSON, text or bytes. */
export function guessContentType(payload: Uint8Array): string {
  if (!isUtf8(payload)) return 'application/octet-stream';
  try {
    JSON.parse(Buffer.from(payload).toString('utf8'));
    return 'application/json';
  } catch {
    return 'text/plain; charset=utf-8';
  }
}

/** The message was handled, but there is no sending what the handler answers. */
export function tooLongReply(): MessageRefused {
  return new MessageRefused(
    'handler-failed',
    `the handler's reply is longer than ${formatByteSize(LARGEST_REPLY)}`,
  );
}
