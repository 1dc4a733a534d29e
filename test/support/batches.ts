import { randomBytes } from 'node:crypto';
import { newMessageId } from '../../src/domain/message-id.js';
import type { Header, HeaderItem } from '../../src/envelope/header.js';
import type { TestPeer } from './pki.js';
import { MOMENT, sealFor } from './sealed.js';

/** A message of a batch, as a test makes it. */
export interface TestItem extends Partial<HeaderItem> {
  readonly text: string;
}

/** A new id. */
export function newTestId(): Header['id'] {
  return newMessageId(() => MOMENT, randomBytes);
}

/** Seals texts as one batch; gives the ids of batch and messages, too. */
export async function sealBatch(
  from: TestPeer,
  to: TestPeer,
  messages: readonly TestItem[],
  fields: Partial<Header> = {},
): Promise<{
  readonly sealed: Uint8Array;
  readonly id: Header['id'];
  readonly ids: readonly Header['id'][];
}> {
  const items = messages.map(({ text, ...own }): HeaderItem => {
    return { id: newTestId(), size: Buffer.byteLength(text), ...own };
  });
  const id = fields.id ?? newTestId();
  const payload = Buffer.from(messages.map(({ text }) => text).join(''));
  const sealed = await sealFor(from, [to], payload, {
    fields: { kind: 'batch', items, ...fields, id },
  });
  return { sealed, id, ids: items.map((item) => item.id) };
}
