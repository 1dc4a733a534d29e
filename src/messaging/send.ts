import { createHash } from 'node:crypto';
import { checkpoint } from '../domain/checkpoint.js';
import { newMessageId, type MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Header } from '../envelope/header.js';
import { MsgError } from '../errors.js';
import type { OutboxRow, OutgoingMessage } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { leaseFor, publishBegun, type PublishedDelivery } from './publish.js';
import { sealMessage, type SealedMessage } from './seal-message.js';
import { acceptedSigningKey } from './self.js';
import { resolveRecipients, type ResolvedRecipient } from './recipients.js';

/** What to send, to whom. */
export interface SendRequest {
  readonly to: readonly PeerName[];
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly type?: string;
  /** Correlation id; where absent a reply takes that of its question, anything else its own id. */
  readonly cid?: string;
  readonly replyTo?: MessageId;
  /** A file name without a path. */
  readonly name?: string;
  /** Milliseconds from now after which it must not be delivered any more. */
  readonly expiresIn?: number;
  /** Fixes the id, so that a repeated call cannot send twice. */
  readonly id?: MessageId;
  /** Keep it for later when the broker cannot be reached, instead of failing. */
  readonly queue?: boolean;
}

/** What became of a message. */
export interface SendResult {
  readonly id: MessageId;
  readonly state: 'sent' | 'already-sent' | 'queued';
  readonly size: number;
  /** The length of what lies in the log, in bytes. */
  readonly sealedSize: number;
  readonly deliveries: readonly PublishedDelivery[];
}

/** Larger messages may not fit a record; only these ask the log what it takes. */
const SURELY_FITS = 900 * 1024;

/**
 * Seals a message once for all recipients, keeps it in the outbox and publishes it.
 *
 * Either every recipient can be resolved or nothing is sent. With an id that was used before, the
 * kept bytes decide: the same request is `already-sent` (or published now, if it was still queued),
 * any other is refused.
 *
 * @throws MsgError as {@link resolveRecipients}, `usage` for what no header can say, `id-conflict`,
 *   `too-large`, `broker-unreachable` (nothing was sent and nothing is kept), `not-authorised`,
 *   `not-found`.
 */
export async function send(request: SendRequest, deps: MessagingDeps): Promise<SendResult> {
  const digest = requestDigest(request);
  const known = request.id === undefined ? undefined : await findSent(request.id, deps);
  if (known !== undefined) return sendAgain(known, digest, request, deps);

  const recipients = await resolveRecipients(request.to, deps);
  reachOut(recipients, deps);
  const message = await compose(request, recipients, deps);
  const { sealed } = message;
  const kept = await deps.ledger.outbox.enqueue(message, { begin: leaseFor(deps) });
  if (kept.outcome !== 'kept') return sendAgain(kept.row, digest, request, deps);
  checkpoint('send:kept');
  const published = await publishBegun(kept.row, sealed, deps);
  return settle({ row: kept.row, sealed, published, isNew: true, request }, deps);
}

/**
 * Seals a message for the outbox.
 *
 * @throws MsgError as {@link send}, without anything kept.
 */
export async function compose(
  request: SendRequest,
  recipients: readonly ResolvedRecipient[],
  deps: MessagingDeps,
): Promise<OutgoingMessage> {
  const { header, sealed, ownInfo, signer } = await prepare(request, recipients, deps);
  await refuseOversized(sealed, recipients, deps);
  return {
    id: header.id,
    digest: requestDigest(request),
    kind: header.kind,
    type: header.type,
    correlationId: header.cid,
    header: JSON.stringify(header),
    expiresAt: header.expires,
    ...{ sealed, ownInfo, signer },
    deliveries: recipients.map(({ peer, topic }) => ({ recipient: peer, topic })),
  };
}

/** Lets the transport connect while the message is sealed; whether that works shows at the publish. */
function reachOut(
  recipients: readonly ResolvedRecipient[],
  { transport, self }: MessagingDeps,
): void {
  for (const { topic } of recipients) transport.partitionFor(topic, self).catch(() => undefined);
}

/** What a send would do, having checked everything that can be checked without publishing. */
export async function dryRun(
  request: SendRequest,
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<{ header: Header; sealedSize: number; topics: readonly string[] }> {
  const recipients = await resolveRecipients(request.to, deps);
  const { header, sealed } = await prepare(request, recipients, deps);
  return { header, sealedSize: sealed.length, topics: recipients.map(({ topic }) => topic) };
}

async function prepare(
  request: SendRequest,
  recipients: readonly ResolvedRecipient[],
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<SealedMessage> {
  const key = await acceptedSigningKey(deps);
  const now = deps.clock();
  const cid = request.cid ?? (await correlationOf(request.replyTo, deps.ledger));
  const header = makeHeader({ ...request, cid }, recipients, { ...deps, now });
  return sealMessage({ header, payload: request.payload, recipients, key }, deps);
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

function makeHeader(
  request: Omit<SendRequest, 'cid'> & { readonly cid: string | undefined },
  recipients: readonly ResolvedRecipient[],
  deps: Pick<MessagingDeps, 'self' | 'ledger' | 'clock' | 'random'> & { now: number },
): Header {
  const id = request.id ?? newMessageId(deps.clock, deps.random);
  return {
    v: 1,
    id,
    kind: 'message',
    from: deps.self,
    to: recipients.map(({ peer, certificate }) => ({ peer, cert: certificate.fingerprint })),
    stream: deps.ledger.stream,
    sent: deps.now,
    ...(request.expiresIn === undefined ? {} : { expires: deps.now + request.expiresIn }),
    ...(request.type === undefined ? {} : { type: request.type }),
    cid: request.cid ?? id,
    ...(request.replyTo === undefined ? {} : { replyTo: request.replyTo }),
    contentType: request.contentType,
    ...(request.name === undefined ? {} : { name: request.name }),
    size: request.payload.length,
  };
}

async function refuseOversized(
  sealed: Uint8Array,
  recipients: readonly ResolvedRecipient[],
  deps: Pick<MessagingDeps, 'transport'>,
): Promise<void> {
  if (sealed.length <= SURELY_FITS) return;
  for (const { peer, topic } of recipients) {
    const { largestValue } = await deps.transport.limits(topic);
    if (sealed.length > largestValue) throw tooLarge(sealed.length, largestValue, peer);
  }
}

/** The error for a message that one record of a peer's inbox cannot hold. */
export function tooLarge(size: number, largest: number, peer: PeerName): MsgError {
  return new MsgError(
    'too-large',
    `the message is ${size} bytes, the inbox of ${peer} takes at most ${largest} in one record`,
    { hint: 'split the file, or raise max.message.bytes of the inbox topic' },
  );
}

async function findSent(id: MessageId, deps: MessagingDeps): Promise<OutboxRow | undefined> {
  const rows = await deps.ledger.history.find(id);
  return rows.find((row) => row.direction === 'out');
}

/** The id is in the outbox already: the kept bytes go out if they have not, never other ones. */
async function sendAgain(
  row: OutboxRow,
  digest: string,
  request: SendRequest,
  deps: MessagingDeps,
): Promise<SendResult> {
  if (row.digest !== digest) {
    throw new MsgError('id-conflict', `the id ${row.id} was used for another message`, {
      hint: `see it with "msg message show ${row.id}"; leave --id out to send this one under an id of its own`,
    });
  }
  refuseEnded(row);
  await deps.ledger.outbox.releaseAbandoned(deps.isGone);
  const kept = await deps.ledger.outbox.kept(row.id);
  if (kept === undefined) throw new MsgError('bug', `the outbox lost the bytes of ${row.id}`);
  const { publishAgain } = await import('./publish-again.js');
  const published = await publishAgain(row, kept, deps);
  return settle({ row, sealed: kept.sealed, published, isNew: false, request }, deps);
}

/** What was taken back, or came too late, is not sent after all because somebody asks again. */
function refuseEnded({ id, deliveries }: OutboxRow): void {
  const ended = deliveries.find(({ state }) => state === 'cancelled' || state === 'expired');
  if (ended === undefined || deliveries.some(({ state }) => state !== ended.state)) return;
  const what = ended.state === 'cancelled' ? 'was cancelled' : 'expired before it could be sent';
  throw new MsgError('id-conflict', `the message ${id} ${what}`, {
    hint: 'leave --id out to send it under an id of its own',
  });
}

interface Attempt {
  readonly row: OutboxRow;
  readonly sealed: Uint8Array;
  readonly published: readonly PublishedDelivery[];
  readonly isNew: boolean;
  readonly request: SendRequest;
}

async function settle(attempt: Attempt, deps: MessagingDeps): Promise<SendResult> {
  const { row, sealed, published, isNew, request } = attempt;
  const refused = published.find(({ failure }) => failure !== undefined && !mayHaveLeft(failure));
  const nothingLeft = published.every(
    ({ failure }) => failure !== undefined && !mayHaveLeft(failure),
  );
  if (refused?.failure !== undefined && nothingLeft && isNew && request.queue !== true) {
    if (await deps.ledger.outbox.forget(row.id)) throw refused.failure.error;
  }
  const isSent = published.every(({ state }) => state !== 'queued');
  return {
    id: row.id,
    state: !isSent
      ? 'queued'
      : published.some(({ state }) => state === 'sent')
        ? 'sent'
        : 'already-sent',
    size: request.payload.length,
    sealedSize: sealed.length,
    deliveries: published,
  };
}

function mayHaveLeft(failure: NonNullable<PublishedDelivery['failure']>): boolean {
  return failure.outcome === 'unknown';
}

/** What makes a second call with the same id the same call: payload, recipients and options. */
export function requestDigest(request: SendRequest): string {
  const { type, cid, replyTo, name, contentType, expiresIn } = request;
  const payload = createHash('sha256').update(request.payload).digest('hex');
  const to = [...request.to].sort();
  const canonical = JSON.stringify([to, contentType, type, cid, replyTo, name, expiresIn, payload]);
  return createHash('sha256').update(canonical).digest('hex');
}
