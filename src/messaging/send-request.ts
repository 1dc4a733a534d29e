import { hash } from 'node:crypto';
import type { Attested } from '../domain/attested.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Header } from '../envelope/header.js';
import type { MessagingDeps } from './deps.js';
import type { Encoding } from './encoding.js';
import { addressed } from './predecessors.js';
import type { ResolvedRecipient } from './recipients.js';

/** Everything about a message but its payload. */
export interface MessageOptions {
  readonly to: readonly PeerName[];
  readonly contentType: string;
  readonly type?: string;
  /** Correlation id; where absent a reply takes that of its question, anything else its own id. */
  readonly cid?: string;
  readonly replyTo?: MessageId;
  /** A file name without a path. */
  readonly name?: string;
  /** Packed for the way; the receiver unpacks it. */
  readonly encoding?: Encoding;
  /** The receipts that are asked for. */
  readonly receipt?: readonly Attested[];
  /** Milliseconds from now after which it must not be delivered any more. */
  readonly expiresIn?: number;
  /** Fixes the id, so that a repeated call cannot send twice. */
  readonly id?: MessageId;
  /** Keep it for later when the broker cannot be reached, instead of failing. */
  readonly queue?: boolean;
}

/** What is larger goes in chunks; what is larger when it is sealed asks the log what it takes. */
export const SURELY_FITS = 900 * 1024;

/** What to send, to whom. */
export interface SendRequest extends MessageOptions {
  readonly payload: Uint8Array;
}

/** A payload that memory need not hold. */
export type LargePayload =
  /** A file of the user's own, which must stay as it is until its recipients have confirmed it. */
  | { readonly file: string }
  /** Kept in the spool until then, encrypted. */
  | { readonly stream: AsyncIterable<Uint8Array> };

/** What to send, of any size. */
export interface AnySendRequest extends MessageOptions {
  readonly payload: Uint8Array | LargePayload;
  /** Told how a large payload comes along. */
  readonly onProgress?: (step: SendStep) => void;
}

/** So many more bytes of a large payload were looked through, or are surely in a recipient's inbox. */
export type SendStep =
  | { readonly kind: 'read'; readonly bytes: number }
  | {
      readonly kind: 'sent';
      readonly id: MessageId;
      readonly peer: PeerName;
      readonly bytes: number;
      readonly total: number;
    };

/** What makes a second call with the same id the same call: payload, recipients and options. */
export function requestDigest(request: MessageOptions, payloadSha256: string): string {
  return digestsOf(request)(payloadSha256);
}

/** {@link requestDigest} of requests that differ in nothing but the payload. */
export type RequestDigests = (payloadSha256: string) => string;

/** Puts together once what such requests have in common. */
export function digestsOf(request: MessageOptions): RequestDigests {
  const { type, cid, replyTo, name, contentType, expiresIn, encoding } = request;
  const to = [...request.to].sort();
  const receipt = request.receipt && [...request.receipt].sort();
  const options = [contentType, type, cid, replyTo, name, expiresIn, encoding, receipt];
  const common = JSON.stringify([to, ...options]).slice(0, -1);
  return (payloadSha256) => hash('sha256', `${common},"${payloadSha256}"]`, 'hex');
}

/** What a header is made of, besides what the caller asks for. */
export interface HeaderFacts {
  readonly id: MessageId;
  readonly kind: 'message' | 'manifest';
  /** Of the payload, in bytes, before any encoding. */
  readonly size: number;
  readonly encoding: Encoding | undefined;
  readonly recipients: readonly ResolvedRecipient[];
}

/** The header of a message that is sealed now. */
export async function headerFor(
  request: MessageOptions,
  { id, kind, size, encoding, recipients }: HeaderFacts,
  deps: Pick<MessagingDeps, 'self' | 'ledger' | 'clock'>,
): Promise<Header> {
  const now = deps.clock();
  const { expiresIn, type, replyTo, contentType, name, receipt } = request;
  return {
    ...{ v: 1, id, kind, from: deps.self },
    to: await addressed(recipients, id, deps),
    sent: now,
    ...(expiresIn === undefined ? {} : { expires: now + expiresIn }),
    ...(type === undefined ? {} : { type }),
    cid: request.cid ?? (await correlationOf(replyTo, deps.ledger)) ?? id,
    ...(replyTo === undefined ? {} : { replyTo }),
    contentType,
    ...(name === undefined ? {} : { name }),
    size,
    ...(encoding === undefined ? {} : { encoding }),
    ...(receipt === undefined ? {} : { receipt }),
  };
}

/** An answer belongs to what its question belongs to; an unknown question's own id stands for that. */
async function correlationOf(
  replyTo: MessageId | undefined,
  ledger: MessagingDeps['ledger'],
): Promise<string | undefined> {
  if (replyTo === undefined) return undefined;
  const [row] = await ledger.history.find(replyTo);
  return row?.correlationId ?? replyTo;
}
