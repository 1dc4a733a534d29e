import { hash } from 'node:crypto';
import { checkpoint } from '../domain/checkpoint.js';
import { newMessageId, type MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import { othersTurn } from '../domain/turn.js';
import type { Header } from '../envelope/header.js';
import { encode, type Encoding } from './encoding.js';
import { MsgError } from '../errors.js';
import type { OutboxRow, OutgoingMessage } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import { deliveriesOf } from './predecessors.js';
import { isPassing } from './passing.js';
import { leaseFor, publishBegun, type PublishedDelivery } from './publish.js';
import { sealMessage, type SealedMessage } from './seal-message.js';
import {
  headerFor,
  requestDigest,
  SURELY_FITS,
  type AnySendRequest,
  type SendRequest,
} from './send-request.js';
import { acceptedSigningKey } from './self.js';
import { isTooLarge, settle } from './settle-send.js';
import { resolveRecipients, type ResolvedRecipient } from './recipients.js';

/** What became of a message. */
export interface SendResult {
  readonly id: MessageId;
  readonly state: 'sent' | 'already-sent' | 'queued';
  readonly size: number;
  /** The length of the sealed message in bytes; of a payload in chunks, that of its manifest. */
  readonly sealedSize: number;
  readonly deliveries: readonly PublishedDelivery[];
}

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
export async function send(request: AnySendRequest, deps: MessagingDeps): Promise<SendResult> {
  const { payload } = request;
  if (payload instanceof Uint8Array && payload.length <= SURELY_FITS) {
    return sendSmall({ ...request, payload }, deps);
  }
  const { sendLarge } = await import('./large/send-large.js');
  return sendLarge(request, deps);
}

async function sendSmall(request: SendRequest, deps: MessagingDeps): Promise<SendResult> {
  const digest = digestOf(request);
  const known = request.id === undefined ? undefined : await findSent(request.id, deps);
  // The same in both ways: once it is kept others may name it.
  const id = request.id ?? newMessageId(deps.clock, deps.random);
  if (known !== undefined && known.kind !== 'manifest') {
    return sendAgain(known, digest, request, deps);
  }
  try {
    if (known === undefined) return await sendNew({ ...request, id }, digest, deps);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'too-large') throw error;
  }
  // This inbox takes less in one record than others do, or the message went in chunks before.
  const { sendLarge } = await import('./large/send-large.js');
  return sendLarge({ ...request, id }, deps);
}

function digestOf(request: SendRequest): string {
  return requestDigest(request, hash('sha256', request.payload, 'hex'));
}

async function sendNew(
  request: SendRequest,
  digest: string,
  deps: MessagingDeps,
): Promise<SendResult> {
  const recipients = await resolveRecipients(request.to, deps);
  reachOut(recipients, deps);
  await othersTurn();
  const message = await compose(request, recipients, deps);
  const { sealed, ownInfo } = message;
  const kept = await deps.ledger.outbox.enqueue(message, { begin: leaseFor(deps) });
  if (kept.outcome !== 'kept') return sendAgain(kept.row, digest, request, deps);
  const { row } = kept;
  checkpoint('send:kept');
  const begun = await publishBegun(row, sealed, deps);
  const published = begun.some(isTooLarge)
    ? await (
        await import('./large/publish-in-chunks.js')
      ).inChunks(begun, { row, sealed, ownInfo }, deps)
    : begun;
  return settle({ ...sizesOf(request, sealed), row, published, isNew: true }, deps);
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
  const { header, sealed, ownInfo, signer, original } = await prepare(request, recipients, deps);
  await refuseOversized(sealed, { recipients, queue: request.queue }, deps);
  return {
    id: header.id,
    digest: digestOf(request),
    kind: header.kind,
    type: header.type,
    correlationId: header.cid,
    header: JSON.stringify(header),
    expiresAt: header.expires,
    ...{ sealed, ownInfo, signer },
    originals: original === undefined ? [] : [original],
    deliveries: deliveriesOf(header, recipients),
  };
}

/** Lets the transport connect while the message is sealed; whether that works shows at the publish. */
export function reachOut(
  recipients: readonly ResolvedRecipient[],
  { transport, self }: MessagingDeps,
): void {
  for (const { topic } of recipients) transport.partitionFor(topic, self).catch(() => undefined);
}

/** What a send would do. */
export interface SendPlan {
  readonly header: Header;
  /** Of one recipient's record or records, in bytes. */
  readonly sealedSize: number;
  readonly topics: readonly string[];
  /** Where the payload does not fit one record. */
  readonly chunks?: number;
}

/** What a send would do, having checked everything that can be checked without publishing. */
export async function dryRun(
  request: AnySendRequest,
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<SendPlan> {
  const recipients = await resolveRecipients(request.to, deps);
  const topics = recipients.map(({ topic }) => topic);
  const { payload } = request;
  if (!(payload instanceof Uint8Array) || payload.length > SURELY_FITS) {
    const { planLarge } = await import('./large/plan-large.js');
    return { ...(await planLarge(request, recipients, deps)), topics };
  }
  const { header, sealed } = await prepare({ ...request, payload }, recipients, deps);
  return { header, sealedSize: sealed.length, topics };
}

async function prepare(
  request: SendRequest,
  recipients: readonly ResolvedRecipient[],
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<SealedMessage> {
  const key = await acceptedSigningKey(deps);
  const id = request.id ?? newMessageId(deps.clock, deps.random);
  const { payload, encoding } = await pack(request);
  const facts = {
    id,
    kind: 'message',
    size: request.payload.length,
    encoding,
    recipients,
  } as const;
  const header = await headerFor(request, facts, deps);
  return sealMessage({ header, payload, recipients, key }, deps);
}

interface Packable {
  readonly payload: Uint8Array;
  readonly encoding?: Encoding | undefined;
}

/** Packs the payload if that is asked for, and makes it shorter. */
export async function pack({ payload, encoding }: Packable): Promise<Packable> {
  if (encoding === undefined) return { payload, encoding };
  const packed = await encode(payload, encoding);
  return packed.length < payload.length
    ? { payload: packed, encoding }
    : { payload, encoding: undefined };
}

/** What is to be kept in any case, and may not fit, goes in chunks where nobody can tell. */
async function refuseOversized(
  sealed: Uint8Array,
  to: { readonly recipients: readonly ResolvedRecipient[]; readonly queue: boolean | undefined },
  { transport }: Pick<MessagingDeps, 'transport'>,
): Promise<void> {
  if (sealed.length <= SURELY_FITS) return;
  for (const { peer, topic } of to.recipients) {
    const { largestValue } = await transport.limits(topic).catch((error: unknown) => {
      if (to.queue === true && isPassing(error)) return { largestValue: SURELY_FITS };
      throw error;
    });
    if (sealed.length > largestValue) throw tooLarge(sealed.length, largestValue, peer);
  }
}

/** The error for a message that one record of a peer's inbox cannot hold. */
export function tooLarge(size: number, largest: number, peer: PeerName): MsgError {
  return new MsgError(
    'too-large',
    `the message is ${size} bytes, the inbox of ${peer} takes at most ${largest} in one record`,
    { hint: 'send it as a message of its own, which may go in chunks' },
  );
}

export async function findSent(id: MessageId, deps: MessagingDeps): Promise<OutboxRow | undefined> {
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
  refuseOther(row, digest);
  await deps.ledger.outbox.releaseAbandoned(deps.isGone);
  const sealed = { ...row, id: row.item?.batch ?? row.id };
  const kept = await deps.ledger.outbox.kept(sealed.id);
  if (kept === undefined) throw new MsgError('bug', `the outbox lost the bytes of ${row.id}`);
  const { publishAgain } = await import('./publish-again.js');
  const published = await publishAgain(sealed, kept, deps);
  return settle({ ...sizesOf(request, kept.sealed), row, published, isNew: false }, deps);
}

/**
 * Refuses a call whose id stands for something else, or for what was taken back.
 *
 * @throws MsgError `id-conflict`
 */
export function refuseOther(row: OutboxRow, digest: string): void {
  if (row.digest !== digest) {
    throw new MsgError('id-conflict', `the id ${row.id} was used for another message`, {
      hint: `see it with "msg message show ${row.id}"; leave --id out to send this one under an id of its own`,
    });
  }
  refuseEnded(row);
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

function sizesOf({ payload, queue }: SendRequest, sealed: Uint8Array) {
  return { size: payload.length, sealedSize: sealed.length, queue };
}
