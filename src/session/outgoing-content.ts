import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Attested } from '../domain/attested.js';
import { MsgError } from '../errors.js';
import { SURELY_FITS, type AnySendRequest, type SendStep } from '../messaging/send-request.js';

/** What to send: exactly one of `json`, `payload`, `file` and `stream`. */
export interface OutgoingContent {
  /** Serialised with JSON.stringify and sent as application/json. */
  readonly json?: unknown;
  readonly payload?: Uint8Array;
  /** The path of a file of any size; it must stay as it is until it has been confirmed. */
  readonly file?: string;
  /** Bytes of any number; they are kept, encrypted, until they have been confirmed. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Pack it for the way. */
  readonly compress?: boolean;
  /** Told how a payload comes along that is too large for one record. */
  readonly onProgress?: (step: SendStep) => void;
  readonly contentType?: string;
  readonly type?: string;
  /** Correlation id; where absent a reply takes that of its question, anything else its own id. */
  readonly cid?: string;
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
  readonly name?: string;
  /** For how long it may be delivered, such as `1h`. */
  readonly expires?: string;
  /** A UUID version 7 that makes repeated calls idempotent. */
  readonly id?: string;
  /** The signed receipts that every recipient is asked for. */
  readonly receipt?: readonly Attested[];
  /** Resolve only when every recipient has given this receipt, which is asked for then. */
  readonly wait?: Attested;
  /** How long to wait for it, such as `30s`; one minute where absent. */
  readonly timeout?: string;
  /** Ends the waiting before its time. */
  readonly signal?: AbortSignal;
  /** Keep it in the outbox when the broker cannot be reached. */
  readonly queue?: boolean;
}

/** The payload that a caller means, its media type and its name. @throws MsgError `usage` */
export async function payloadOf(
  content: OutgoingContent,
): Promise<Pick<AnySendRequest, 'payload' | 'contentType' | 'name'>> {
  const { json, payload, file, stream } = content;
  const given = [json, payload, file, stream].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new MsgError('usage', 'give exactly one of json, payload, file and stream');
  }
  const contentType = content.contentType ?? 'application/octet-stream';
  if (payload !== undefined) return { payload, contentType };
  if (stream !== undefined) return { payload: { stream }, contentType };
  if (file !== undefined) return { payload: await fileOf(file), contentType, name: basename(file) };
  return { payload: jsonBytes(json), contentType: content.contentType ?? 'application/json' };
}

/** What fits one record goes in one. */
async function fileOf(path: string): Promise<AnySendRequest['payload']> {
  try {
    const { size } = await stat(path);
    return size > SURELY_FITS ? { file: path } : await readFile(path);
  } catch (error) {
    throw new MsgError('file-not-found', `cannot read ${path}`, { cause: error });
  }
}

/** The JSON text of a value. @throws MsgError `json-invalid` */
export function jsonBytes(json: unknown): Uint8Array {
  // Undefined for a function or a symbol, whatever the declaration says.
  const text: unknown = JSON.stringify(json);
  if (typeof text === 'string') return Buffer.from(text);
  throw new MsgError('json-invalid', `${typeof json} is no JSON value`);
}
