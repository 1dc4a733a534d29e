import { parseLifetime } from '../domain/duration.js';
import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { ATTESTED, type Attested } from '../domain/attested.js';
import { MsgError } from '../errors.js';
import type { AnySendRequest } from '../messaging/send-request.js';
import { payloadOf, type OutgoingContent } from './outgoing-content.js';

/** What an application wants to have sent. @throws MsgError `usage` */
export async function outgoingRequest(
  to: string | readonly string[],
  content: OutgoingContent,
): Promise<AnySendRequest> {
  const { id, replyTo, expires, type, cid, name, queue, compress, onProgress } = content;
  const receipt = receiptsOf(content);
  return {
    to: [...new Set([to].flat().map(parsePeerName))],
    ...(await payloadOf(content)),
    ...(id === undefined ? {} : { id: parseMessageId(id) }),
    ...(replyTo === undefined ? {} : { replyTo: parseMessageId(replyTo) }),
    ...(expires === undefined ? {} : { expiresIn: parseLifetime(expires) }),
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { cid }),
    ...(name === undefined ? {} : { name }),
    ...(queue === undefined ? {} : { queue }),
    ...(compress === true ? { encoding: 'gzip' as const } : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(receipt.length === 0 ? {} : { receipt }),
  };
}

/** Those that are asked for, and the one that is waited for; in the order of time. */
function receiptsOf({ receipt = [], wait }: OutgoingContent): readonly Attested[] {
  const wanted: readonly string[] = wait === undefined ? receipt : [...receipt, wait];
  const unknown = wanted.find((word) => !ATTESTED.some((one) => one === word));
  if (unknown !== undefined) throw new MsgError('usage', `no kind of receipt: ${unknown}`);
  return ATTESTED.filter((word) => wanted.includes(word));
}
