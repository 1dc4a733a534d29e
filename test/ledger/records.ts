import { createHash, randomBytes } from 'node:crypto';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { parsePeerName, type PeerName } from '../../src/domain/peer-name.js';
import type {
  Answer,
  AnsweredMessage,
  IncomingMessage,
  IncomingRecord,
  OutgoingMessage,
  ReceiptRequest,
  RecordSource,
} from '../../src/ledger/port.js';

export const ACME = parsePeerName('acme');
export const GLOBEX = parsePeerName('globex');
export const INITECH = parsePeerName('initech');

/** A new message id. */
export function newId(): MessageId {
  return newMessageId(Date.now, randomBytes);
}

/** A place in the inbox topic of the tests. */
export function source(offset: number | bigint, over: Partial<RecordSource> = {}): RecordSource {
  return {
    clusterId: 'cluster-1',
    topic: 'msg.in.self',
    topicId: 'topic-1',
    partition: 0,
    offset: BigInt(offset),
    appendedAt: 1_700_000_000_000,
    ...over,
  };
}

/** A verified message; its digest is that of its content. */
export function message(
  over: Partial<IncomingMessage> & { offset?: number; content?: string } = {},
): IncomingMessage {
  const { offset = 0, content = 'hello', ...rest } = over;
  return {
    source: source(offset),
    sender: ACME,
    id: newId(),
    digest: createHash('sha256').update(content).digest('hex'),
    kind: 'message',
    type: 'order',
    correlationId: undefined,
    header: '{"v":1}',
    signer: fingerprintOf(Buffer.from('certificate')),
    sealed: Buffer.from(`sealed ${content}`),
    ...rest,
  };
}

/** A message as the ledger takes it. */
export function verified(one: IncomingMessage): IncomingRecord {
  return { outcome: 'message', message: one };
}

/** A record refused for its signature. */
export function refused(offset: number): IncomingRecord {
  return {
    outcome: 'refused',
    refused: {
      source: source(offset),
      claimedSender: 'mallory',
      claimedId: 'not even an id',
      reason: 'signature',
      detail: 'the signature does not match',
      sealed: Buffer.from(`sealed ${offset}`),
    },
  };
}

/** A receipt or rejection for a message that came, sealed unless said otherwise. */
export function answerTo(
  { sender, id, digest, correlationId }: AnsweredMessage,
  over: Partial<Answer> = {},
): Answer {
  const sealed = Buffer.from('sealed answer');
  return {
    ...{ sender, id, digest, correlationId, says: 'received' },
    outgoing: outgoing({ kind: 'receipt', to: [sender], sealed }),
    ...over,
  };
}

/** What a message asks for that wants both receipts. */
export const REQUEST: ReceiptRequest = {
  wants: ['received', 'processed'],
  content: Buffer.from('receipt'),
  msgSigDigest: Buffer.from('digest'),
};

/** A message to be sent. */
export function outgoing(
  over: Partial<OutgoingMessage> & { to?: readonly PeerName[] } = {},
): OutgoingMessage {
  const { to = [GLOBEX], ...rest } = over;
  return {
    id: newId(),
    digest: createHash('sha256').update('out').digest('hex'),
    kind: 'message',
    type: 'order',
    correlationId: undefined,
    header: '{"v":1}',
    signer: fingerprintOf(Buffer.from('certificate')),
    sealed: Buffer.from('sealed out'),
    deliveries: to.map((recipient) => ({ recipient, topic: `msg.in.${recipient}` })),
    ...rest,
  };
}
