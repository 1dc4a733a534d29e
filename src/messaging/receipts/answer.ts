import { hash } from 'node:crypto';
import { newMessageId } from '../../domain/message-id.js';
import type { Attested, ItemException } from '../../domain/attested.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { Header } from '../../envelope/header.js';
import { seal } from '../../envelope/seal.js';
import { MsgError } from '../../errors.js';
import type {
  Answer,
  AnsweredMessage,
  OutgoingMessage,
  ReceiptRequest,
} from '../../ledger/port.js';
import { AS_IT_IS, type AddressBook } from '../../registry/port.js';
import type { MessagingDeps } from '../deps.js';
import type { Refusal } from '../kinds.js';
import { resolveRecipients } from '../recipients.js';
import { acceptedSigningKey } from '../self.js';
import { REJECTION_TYPE, writeRejection } from './rejection.js';

/** The media type of a receipt (RFC 8551, section 3.2.2). */
export const RECEIPT_TYPE = 'application/pkcs7-mime; smime-type=signed-receipt';

/** What answering takes. */
export type AnswerDeps = Omit<MessagingDeps, 'transport'>;

type SealDeps = Omit<AnswerDeps, 'book'> & { readonly book: Pick<AddressBook, 'find'> };

/** What an answer says, before it is sealed. */
export type Unsealed =
  | {
      readonly says: Attested;
      readonly request: ReceiptRequest;
      /** The messages of a batch that it does not speak for. */
      readonly except?: readonly ItemException[];
    }
  | { readonly says: 'rejected'; readonly reason: string; readonly detail: string | undefined };

/**
 * An answer to be given together with the change of state that it is about. Where it cannot be sealed
 * now (the directory is away, one's own certificate has expired) it will be owed: what happened to the
 * message does not depend on it.
 */
export async function prepareAnswer(
  message: AnsweredMessage,
  unsealed: Unsealed,
  deps: AnswerDeps,
): Promise<Answer> {
  const { sender, id, digest, correlationId } = message;
  const answer = { sender, id, digest, correlationId, ...wordsOf(unsealed) };
  try {
    return { ...answer, outgoing: await sealAnswer(message, unsealed, withoutLooks(deps)) };
  } catch (error) {
    if (error instanceof MsgError) return { ...answer, outgoing: undefined };
    throw error;
  }
}

/**
 * The answer that tells a sender that its message was refused. A sentence that an application or this
 * program has written about a failure of its own may hold what is nobody else's business: of those the
 * sender gets the reason's name alone.
 */
export function rejectionOf({ reason, detail }: Refusal): Unsealed {
  return { says: 'rejected', reason, detail: CONCERNS_SENDER.has(reason) ? detail : undefined };
}

const CONCERNS_SENDER: ReadonlySet<string> = new Set([
  ...['message-refused', 'expired', 'from-the-future', 'id-conflict', 'encoding'],
]);

/**
 * What comes in must not make us ask the chain as often as anybody likes: its sender has just been
 * judged, and what cannot be sealed by what is known is owed.
 */
function withoutLooks(deps: AnswerDeps): SealDeps {
  const find = (name: PeerName) => deps.book.find(name, AS_IT_IS);
  return { ...deps, book: { find } };
}

function wordsOf(unsealed: Unsealed): Pick<Answer, 'says' | 'reason' | 'detail'> {
  if (unsealed.says !== 'rejected') return { says: unsealed.says };
  const { says, reason, detail } = unsealed;
  return { says, reason, detail };
}

/**
 * Seals a receipt or a rejection for the sender of a message.
 *
 * @throws MsgError when the sender cannot be resolved, or one's own certificate is not accepted.
 */
export async function sealAnswer(
  message: AnsweredMessage,
  unsealed: Unsealed,
  deps: SealDeps,
): Promise<OutgoingMessage> {
  const { own, chain } = await acceptedSigningKey(deps);
  const recipients = await resolveRecipients([message.sender], deps);
  const [recipient] = recipients;
  if (recipient === undefined) throw new MsgError('bug', `nobody to answer: ${message.sender}`);
  const { kind, contentType, payload, attests, except, attributes } = contentOf(message, unsealed);
  const header: Header = {
    ...{ v: 1, id: newMessageId(deps.clock, deps.random), kind, from: deps.self },
    to: [{ peer: recipient.peer, cert: recipient.certificate.fingerprint }],
    ...{ sent: deps.clock(), contentType, size: payload.length },
    ...(message.correlationId === undefined ? {} : { cid: message.correlationId }),
    replyTo: message.id,
    ...(attests === undefined ? {} : { attests }),
    ...(except === undefined ? {} : { except }),
  };
  const input = { header, payload, signer: own, chain, recipients, attributes };
  return {
    ...{ id: header.id, kind, type: undefined, correlationId: message.correlationId },
    digest: hash('sha256', payload, 'hex'),
    header: JSON.stringify(header),
    sealed: await seal({ ...input, signingTime: header.sent }, deps.random),
    signer: own.certificate.fingerprint,
    deliveries: [{ recipient: recipient.peer, topic: recipient.topic }],
  };
}

interface Content {
  readonly kind: 'receipt' | 'rejected';
  readonly contentType: string;
  readonly payload: Uint8Array;
  readonly attests: Attested | undefined;
  readonly except?: readonly ItemException[];
  readonly attributes: readonly Uint8Array[];
}

function contentOf({ id, digest }: AnsweredMessage, unsealed: Unsealed): Content {
  if (unsealed.says === 'rejected') {
    const payload = writeRejection({ ...unsealed, id, digest });
    const contentType = REJECTION_TYPE;
    return { kind: 'rejected', contentType, payload, attests: undefined, attributes: [] };
  }
  const { says: attests, request, except = [] } = unsealed;
  const { content: payload, msgSigDigest } = request;
  const attributes = [msgSigDigest];
  const receipt = { kind: 'receipt', contentType: RECEIPT_TYPE, payload, attests } as const;
  return { ...receipt, attributes, ...(except.length === 0 ? {} : { except }) };
}
