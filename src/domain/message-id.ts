import { MsgError } from '../errors.js';
import type { Clock, RandomSource } from './environment.js';

declare const brand: unique symbol;

/** A message's id: a UUID version 7 (RFC 9562, section 5.7), lower case with hyphens. */
export type MessageId = string & { readonly [brand]: 'MessageId' };

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text is a message id in its only spelling. */
export function isMessageId(text: string): text is MessageId {
  return SHAPE.test(text);
}

/**
 * Takes a message id from outside.
 *
 * @throws MsgError `usage` when it is not a UUID version 7.
 */
export function parseMessageId(text: string): MessageId {
  const id = text.toLowerCase();
  if (isMessageId(id)) return id;
  throw new MsgError('usage', `not a message id: ${JSON.stringify(text.slice(0, 80))}`, {
    hint: 'an id is a UUID version 7, such as 0192d3a1-7c4e-7b1a-8f00-1234567890ab',
  });
}

/** Makes a new id: 48 bits of Unix milliseconds, then 74 random bits. */
export function newMessageId(clock: Clock, random: RandomSource): MessageId {
  const bytes = Buffer.from(random(16));
  bytes.writeUIntBE(clock(), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hyphenate(bytes.toString('hex')) as MessageId;
}

/** When an id says that it was made, in Unix milliseconds. */
export function messageIdTime(id: MessageId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The 16 bytes of an id. */
export function messageIdBytes(id: MessageId): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function hyphenate(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
