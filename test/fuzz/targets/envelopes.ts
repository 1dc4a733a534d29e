import { Asn1Error } from '../../../src/asn1/reader.js';
import { writeAuthEnveloped } from '../../../src/envelope/auth-enveloped.js';
import { isChunk } from '../../../src/envelope/chunk-read.js';
import { readManifest } from '../../../src/envelope/manifest.js';
import { openAny } from '../../../src/envelope/open.js';
import { checkReceipt } from '../../../src/envelope/original.js';
import { EnvelopeRefused } from '../../../src/envelope/refused.js';
import type { Opened, PlainReceipt } from '../../../src/envelope/types.js';
import { CertificateError } from '../../../src/x509/certificate.js';
import { LIMITS } from '../../support/sealed.js';
import type { Envelope } from '../corpus.js';
import { mutateDer } from '../der-mutations.js';
import { meaningOf } from '../meaning.js';
import { Breach, type Outcome, type Target } from '../target.js';

/** Sealed messages, changed by whoever carries them. */
export function carriedTarget(envelopes: readonly Envelope[], donors: readonly Buffer[]): Target {
  return {
    name: 'carried',
    weight: 20,
    make(chance) {
      const envelope = chance.oneOf(envelopes);
      const bytes = mutateDer(envelope.sealed, chance, donors);
      return { sample: envelope.name, bytes, read: () => openUnsigned(envelope, bytes) };
    },
  };
}

/** What is inside of them, changed by somebody who can seal it to the recipient and sign nothing. */
export function insideTarget(envelopes: readonly Envelope[], donors: readonly Buffer[]): Target {
  return {
    name: 'inside',
    weight: 20,
    make(chance) {
      const envelope = chance.oneOf(envelopes);
      const signedData = mutateDer(envelope.signedData, chance, donors);
      const { recipientInfos, contentKey, nonce } = envelope;
      const bytes = writeAuthEnveloped({ recipientInfos, contentKey, nonce, content: signedData });
      return {
        sample: envelope.name,
        bytes: signedData,
        read: () => openUnsigned(envelope, bytes),
      };
    },
  };
}

/** Opens what the sender has not signed: it is refused, or is the very message. */
async function openUnsigned(envelope: Envelope, bytes: Uint8Array): Promise<Outcome> {
  const opened = await openOrRefuse(envelope, bytes);
  if (opened === undefined) return 'refused';
  const { meaning } = envelope;
  if (meaningOf(opened) === meaning) return 'same';
  throw new Breach('it opens, and says something else');
}

/** Opens as a listener does; undefined where it is refused by its own rules. */
export async function openOrRefuse(
  { keys, header }: Pick<Envelope, 'keys' | 'header'>,
  bytes: Uint8Array,
): Promise<Opened | PlainReceipt | undefined> {
  if (isChunk(bytes)) return undefined;
  try {
    const opened = await openAny(bytes, keys, LIMITS);
    if (header.kind === 'manifest') readManifest(opened.payload, opened.header ?? header);
    return opened;
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error;
    const { cause } = error;
    const isUnderstood =
      cause === undefined || cause instanceof Asn1Error || cause instanceof CertificateError;
    if (!isUnderstood) throw new Error('refused because of a mistake', { cause: error });
    return undefined;
  }
}

/** Receipts, changed by their author as well: they fit their message as they were, or not at all. */
export function fits(opened: Opened | PlainReceipt, { original }: Envelope): boolean {
  if (opened.receipt === undefined || original === undefined) return false;
  try {
    checkReceipt(opened.receipt, original);
    return true;
  } catch (error) {
    if (error instanceof EnvelopeRefused) return false;
    throw error;
  }
}
