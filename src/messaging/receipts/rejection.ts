import { isMessageId, type MessageId } from '../../domain/message-id.js';

/** What a rejection says: which message, and why. */
export interface Rejection {
  readonly id: MessageId;
  /** The message digest (docs/wire-format.md): the same id may have been used for another message. */
  readonly digest: string;
  /** A stable name. */
  readonly reason: string;
  /** A sentence, where there is one that concerns the sender. */
  readonly detail: string | undefined;
}

/** The media type of a rejection's payload. */
export const REJECTION_TYPE = 'application/json';

/** Longer details are cut, in UTF-16 units. */
const LONGEST_DETAIL = 500;

/** The payload of a message of kind `rejected`. */
export function writeRejection({ id, digest, reason, detail }: Rejection): Buffer {
  const short = detail?.slice(0, LONGEST_DETAIL);
  return Buffer.from(JSON.stringify({ id, digest, reason, detail: short }));
}

/** Reads the payload of a rejection; undefined where it is none. Fields it does not know are ignored. */
export function readRejection(payload: Uint8Array): Rejection | undefined {
  const fields = parseObject(Buffer.from(payload).toString('utf8'));
  const { id, digest, reason, detail } = fields;
  if (typeof id !== 'string' || !isMessageId(id)) return undefined;
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return undefined;
  if (typeof reason !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(reason)) return undefined;
  if (detail !== undefined && typeof detail !== 'string') return undefined;
  return { id, digest, reason, detail: detail?.slice(0, LONGEST_DETAIL) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
