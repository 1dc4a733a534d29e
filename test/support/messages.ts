import type { Fingerprint } from '../../src/domain/fingerprint.js';
import { parseMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { memoryPayload } from '../../src/messaging/payload.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';

/** A header from alice to bob, changed as a test needs it. */
export function headerOf(changes: Partial<Header>): Header {
  return {
    v: 1,
    id: parseMessageId('0192d3a1-7c4e-7b1a-8f00-1234567890ab'),
    kind: 'message',
    from: parsePeerName('alice'),
    to: [{ peer: parsePeerName('bob'), cert: 'ab'.repeat(32) as Fingerprint }],
    sent: Date.UTC(2026, 0, 31),
    contentType: 'application/octet-stream',
    size: 0,
    ...changes,
  };
}

/** A delivery of the payload, and the notes that a sink has made about it. */
export function deliveryOf(
  payload: Uint8Array,
  changes: Partial<IncomingDelivery> = {},
): IncomingDelivery & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    number: 1,
    header: headerOf({ size: payload.length }),
    payload: memoryPayload(payload),
    signer: 'cd'.repeat(32) as Fingerprint,
    source: {
      clusterId: 'test',
      topic: 'msg.in.bob',
      topicId: undefined,
      partition: 0,
      offset: 7n,
      appendedAt: Date.UTC(2026, 0, 31),
    },
    receivedAt: Date.UTC(2026, 0, 31),
    attempt: 1,
    redelivered: false,
    replay: false,
    sinkNote: undefined,
    note(text) {
      notes.push(text);
      return Promise.resolve();
    },
    ...changes,
    notes,
  };
}
