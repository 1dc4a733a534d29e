import { parseLifetime } from '../domain/duration.js';
import { parseMessageId, type MessageId } from '../domain/message-id.js';
import type { AnySendRequest } from '../messaging/send-request.js';
import type { Content } from './send-content.js';

/** The options of everything that sends a message. */
export interface WishOptions {
  readonly type?: string | undefined;
  readonly cid?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly name?: string | undefined;
  readonly contentType?: string | undefined;
  readonly expires?: string | undefined;
  readonly id?: string | undefined;
  readonly queue?: boolean | undefined;
  /** Pack the payload for the way. */
  readonly compress?: boolean | undefined;
}

/** What is sent, without what only the one who shows it needs. */
export function contentOf({
  payload,
  contentType,
  name,
}: Content): Pick<AnySendRequest, ContentField> {
  return { payload, contentType, ...(name === undefined ? {} : { name }) };
}

type ContentField = 'payload' | 'contentType' | 'name';

/** What the options ask for, apart from the content. @throws MsgError `usage` */
export function parseWishes(options: WishOptions): Omit<AnySendRequest, 'to' | ContentField> {
  const replyTo = parseOptional(options.replyTo, parseMessageId);
  const id = parseOptional<MessageId>(options.id, parseMessageId);
  const expiresIn = parseOptional(options.expires, parseLifetime);
  return {
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.cid === undefined ? {} : { cid: options.cid }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(id === undefined ? {} : { id }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(options.queue === true ? { queue: true } : {}),
    ...(options.compress === true ? { encoding: 'gzip' as const } : {}),
  };
}

function parseOptional<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}
