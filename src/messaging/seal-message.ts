import type { Fingerprint } from '../domain/fingerprint.js';
import type { Header } from '../envelope/header.js';
import type { KeptOriginal } from '../ledger/port.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import { sealToKeep, type KeptSeal } from '../envelope/seal.js';
import { MsgError } from '../errors.js';
import type { MessagingDeps, SigningKey } from './deps.js';
import type { ResolvedRecipient } from './recipients.js';

/** What a message is sealed from. */
export interface Unsealed {
  readonly header: Header;
  readonly payload: Uint8Array;
  readonly recipients: readonly Pick<ResolvedRecipient, 'certificate'>[];
  readonly key: SigningKey;
}

/** A sealed message as the outbox keeps it. */
export interface SealedMessage extends KeptSeal {
  readonly header: Header;
  readonly signer: Fingerprint;
  /** What its receipts will be checked against; none where it asks for none. */
  readonly original: KeptOriginal | undefined;
}

/**
 * Seals a message whose header is complete, now.
 *
 * @throws MsgError `usage` for what no header can say, `peer-certificate`, `certificate-own`.
 */
export async function sealMessage(
  { header, payload, recipients, key: { own, chain } }: Unsealed,
  { random }: Pick<MessagingDeps, 'random'>,
): Promise<SealedMessage> {
  const input = { header, payload, signer: own, chain, recipients, signingTime: header.sent };
  try {
    const kept = await sealToKeep(input, random);
    const original = await originalOf({ header, payload, signedData: kept.signedData });
    return { ...kept, header, signer: own.certificate.fingerprint, original };
  } catch (error) {
    throw error instanceof EnvelopeRefused ? unsayable(error) : error;
  }
}

async function originalOf(
  sealed: Pick<Unsealed, 'header' | 'payload'> & Pick<KeptSeal, 'signedData'>,
): Promise<KeptOriginal | undefined> {
  if (sealed.header.receipt === undefined) return undefined;
  const { keptOriginal } = await import('./receipts/original.js');
  return keptOriginal(sealed);
}

/** A header that its reader would refuse comes from what the caller asked for. */
export function unsayable(refusal: EnvelopeRefused): MsgError {
  return new MsgError('usage', `cannot be sent: ${refusal.message.replace(/^the [^:]*: /, '')}`, {
    hint: 'give another name, type, correlation id or content type; pack a payload that CMS cannot carry',
    cause: refusal,
  });
}
