import { parseDuration } from '../domain/duration.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { memoryPayload } from '../messaging/payload.js';
import { send, type SendResult } from '../messaging/send.js';
import type { IncomingDelivery } from '../messaging/sink.js';
import type { Standing } from '../messaging/waiting/receipts-awaited.js';
import type { OutgoingContent } from './outgoing-content.js';
import { outgoingRequest } from './outgoing-request.js';
import { receivedMessage, type ReceivedMessage } from './received-message.js';
import type { Session } from './session.js';

/** How long is waited where nobody says. */
const PATIENCE = '1m';

/** How long to wait for a reply. */
export interface AskOptions {
  /** Such as `30s`; one minute where absent. */
  readonly timeout?: string;
  /** Ends the waiting before its time. */
  readonly signal?: AbortSignal;
}

/** What became of a message, and what its recipients said where that was waited for. */
export interface SentMessage extends SendResult {
  readonly receipts?: readonly Standing[];
}

/** Sends, and waits for the receipts where the content says so. */
export async function sendContent(
  to: string | readonly string[],
  content: OutgoingContent,
  session: Session,
): Promise<SentMessage> {
  const { wait, timeout = PATIENCE, signal } = content;
  const outgoing = await outgoingRequest(to, content);
  const deps = session.messaging();
  if (wait === undefined) return send(outgoing, deps);
  const { waitForReceipts, failureOf } = await import('../messaging/waiting/receipts-awaited.js');
  const { refuseUnreadable } = await import('../messaging/waiting/while-reading.js');
  const topic = await session.ownInbox();
  await refuseUnreadable(topic, deps);
  const until = parseDuration(timeout);
  const sent = await send(outgoing, deps);
  const awaited = { id: sent.id, peers: outgoing.to, says: wait };
  const receipts = await waitForReceipts(
    awaited,
    {
      ...{ topic, until: deps.clock() + until, onFlush: () => undefined },
      flush: sent.state === 'queued' ? ['answers', 'messages'] : ['answers'],
      signal: signal ?? new AbortController().signal,
    },
    deps,
  );
  const failure = failureOf(awaited, receipts);
  if (failure !== undefined) throw failure;
  return { ...sent, receipts };
}

/** What to ask: what belongs to a reply, to receipts and to the waiting has no place in it. */
export type QuestionContent = Omit<
  OutgoingContent,
  'replyTo' | 'receipt' | 'wait' | 'timeout' | 'signal' | 'queue'
>;

/** Asks a peer; gives its reply, which memory has to hold. */
export async function ask(
  to: string,
  content: QuestionContent,
  { timeout = PATIENCE, signal }: AskOptions,
  session: Session,
): Promise<ReceivedMessage> {
  const { request } = await import('../messaging/waiting/request.js');
  const outgoing = await outgoingRequest(to, content);
  const replies: ReceivedMessage[] = [];
  await request(
    { ...outgoing, peer: parsePeerName(to) },
    {
      ...{ topic: await session.ownInbox(), timeout: parseDuration(timeout) },
      ...{ onFlush: () => undefined, onSent: () => undefined },
      signal: signal ?? new AbortController().signal,
      onReply: async (reply) => {
        replies.push(await heldInMemory(reply));
      },
    },
    session.messaging(),
  );
  const [reply] = replies;
  if (reply === undefined) throw new MsgError('bug', 'a reply was lost');
  return reply;
}

/** The file that a large one came in is gone when the reply is done. */
async function heldInMemory(reply: IncomingDelivery): Promise<ReceivedMessage> {
  return receivedMessage({ ...reply, payload: memoryPayload(await reply.payload.bytes()) });
}
