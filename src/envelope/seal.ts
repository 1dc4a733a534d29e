import { MsgError } from '../errors.js';
import type { RandomSource } from '../domain/environment.js';
import { GCM } from './algorithms.js';
import { writeAuthEnveloped } from './auth-enveloped.js';
import { looksLikeSignedAttributes } from './confusable.js';
import { serialiseHeader } from './header-json.js';
import { CONTENT_TYPE_OF, isPayloadItself } from './kinds.js';
import { writeReceiptRequest } from './receipt-request.js';
import { writeRecipientInfo } from './recipient-write.js';
import { EnvelopeRefused } from './refused.js';
import { writeSignedData } from './signed-data.js';
import type { SealInput } from './types.js';

/**
 * Signs a payload with its header and encrypts it to every recipient: DER of AuthEnvelopedData around
 * SignedData (docs/wire-format.md). A header that asks for receipts gets a receipt request beside it
 * (RFC 2634, section 2.7). The content key and the nonce come from `random`; ephemeral keys
 * and the randomness of signatures are node:crypto's own.
 *
 * @throws EnvelopeRefused when no reader would accept the message: `header`, or `content` that could
 *   be mistaken for signed attributes.
 * @throws MsgError `peer-certificate` or `certificate-own` for a key outside the profile, `bug` when
 *   header, payload and recipients contradict each other.
 */
export async function seal(input: SealInput, random: RandomSource): Promise<Uint8Array> {
  return (await sealWithKey(input, random)).sealed;
}

/** A sealed message, and what is inside. */
export interface SealedMessage {
  readonly sealed: Uint8Array;
  /** The SignedData (a DER ContentInfo) in the envelope. */
  readonly signedData: Uint8Array;
}

/**
 * As {@link seal}; gives the signature, too, which nobody but a recipient can get out again.
 *
 * @throws as {@link seal}.
 */
export async function sealAndSign(input: SealInput, random: RandomSource): Promise<SealedMessage> {
  const { sealed, signedData } = await sealWithKey(input, random);
  return { sealed, signedData };
}

/** A sealed message, and what lets its author open it again. */
export interface KeptSeal extends SealedMessage {
  /**
   * DER of a RecipientInfo for the signer's own certificate, beside the message and not in it: see
   * {@link reopen}.
   */
  readonly ownInfo: Uint8Array;
}

/**
 * As {@link sealAndSign}, for an author who may have to seal the payload anew later.
 *
 * @throws as {@link seal}.
 */
export async function sealToKeep(input: SealInput, random: RandomSource): Promise<KeptSeal> {
  const { sealed, signedData, contentKey } = await sealWithKey(input, random);
  const ownInfo = writeRecipientInfo(input.signer.certificate, contentKey);
  return { sealed, signedData, ownInfo };
}

async function sealWithKey(
  input: SealInput,
  random: RandomSource,
): Promise<SealedMessage & { readonly contentKey: Uint8Array }> {
  checkConsistency(input);
  if (looksLikeSignedAttributes(input.payload)) {
    throw new EnvelopeRefused('content', 'the payload could be mistaken for signed attributes');
  }
  const secret = random(GCM.keyLength + GCM.nonceLength);
  const contentKey = secret.subarray(0, GCM.keyLength);
  const recipientInfos = input.recipients.map(({ certificate }) =>
    writeRecipientInfo(certificate, contentKey),
  );
  const signedData = await writeSignedData({
    contentType: CONTENT_TYPE_OF[input.header.kind],
    content: input.payload,
    header: serialiseHeader(input.header),
    signer: input.signer,
    chain: input.chain ?? [],
    signingTime: input.signingTime,
    furtherAttributes: furtherAttributes(input),
  });
  const nonce = secret.subarray(GCM.keyLength);
  const content = { recipientInfos, contentKey, nonce, content: signedData };
  return { sealed: writeAuthEnveloped(content), signedData, contentKey };
}

/** What the header asks for is asked again in the words of RFC 2634, which others answer. */
function furtherAttributes({ header, attributes = [] }: SealInput): readonly Uint8Array[] {
  if (header.receipt === undefined) return attributes;
  return [...attributes, writeReceiptRequest(header.id, header.from)];
}

/** The header must say what the envelope does: a reader compares them. */
function checkConsistency({ header, payload, recipients }: SealInput): void {
  if (isPayloadItself(header) && header.size !== payload.length) {
    throw new MsgError(
      'bug',
      `the header says ${header.size} bytes of a payload of ${payload.length}`,
    );
  }
  const named = header.to.map(({ cert }) => cert).sort();
  const sealedTo = recipients.map(({ certificate }) => certificate.fingerprint).sort();
  if (named.length !== sealedTo.length || named.some((cert, i) => cert !== sealedTo[i])) {
    throw new MsgError('bug', 'the header names other certificates than the message is sealed to');
  }
}
