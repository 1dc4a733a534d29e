import { randomBytes } from 'node:crypto';
import { Asn1Error, Asn1Reader } from '../asn1/reader.js';
import { keyUnavailable, type KeyAnswer } from '../domain/key-operations.js';
import { MsgError } from '../errors.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import { GCM } from './algorithms.js';
import { decryptContent, readAuthEnveloped, type AuthEnveloped } from './auth-enveloped-read.js';
import { deriveWrappingKey, unwrapKey } from './content-key.js';
import type { Header } from './header.js';
import { readRecipientInfo, refersTo, type RecipientInfo } from './recipient-read.js';
import { EnvelopeRefused, undecryptable } from './refused.js';
import type { KeptSeal } from './seal.js';
import { mismatch, readSignedMessage } from './signed-message.js';
import type { Opened, OpenLimits, OwnKey, PlainReceipt, SignedMessage } from './types.js';

/**
 * Opens a sealed message: finds the recipient info for one of our keys, decrypts, verifies the one
 * signature and compares the signed header with the envelope. Directory, trust and time are not
 * judged here.
 *
 * @param keys our certificates with their keys, current and former.
 * @throws EnvelopeRefused for whatever is wrong with the bytes, `undecryptable` without any detail.
 * @throws MsgError `key-unavailable`, or as the key's own operations throw it with `retryable`: a key
 *   service that is out of reach says nothing about the message.
 */
export async function open(
  sealed: Uint8Array,
  keys: readonly OwnKey[],
  limits: OpenLimits,
): Promise<Opened> {
  const opened = await openAny(sealed, keys, limits);
  if (opened.header !== undefined) return opened;
  throw new EnvelopeRefused('signed-attributes', 'the receipt has no msg header');
}

/**
 * As {@link open}, also for a receipt that was signed by another program than msg.
 *
 * @throws as {@link open}.
 */
export async function openAny(
  sealed: Uint8Array,
  keys: readonly OwnKey[],
  limits: OpenLimits,
): Promise<Opened | PlainReceipt> {
  try {
    const { content, openedWith, recipientCount } = await decryptEnvelope(sealed, keys, limits);
    const signed = readSignedMessage(content);
    if (signed.header === undefined) return signed;
    const { header } = signed;
    if (header.to.length !== recipientCount) {
      throw mismatch(`it names ${header.to.length} recipients, the envelope has ${recipientCount}`);
    }
    return { ...signed, openedWith: ownInHeader(header, openedWith) };
  } catch (error) {
    throw asRefusal(error);
  }
}

/** An envelope that was opened, its content not yet looked at. */
export interface Decrypted {
  readonly content: Uint8Array;
  /** Those of our certificates that the recipient info means: several when they share a key. */
  readonly openedWith: readonly Certificate[];
  readonly recipientCount: number;
}

/**
 * Takes the outer shell off, and only that.
 *
 * @throws EnvelopeRefused or Asn1Error.
 */
export async function decryptEnvelope(
  sealed: Uint8Array,
  keys: readonly OwnKey[],
  limits: OpenLimits,
): Promise<Decrypted> {
  if (sealed.length > limits.sealed) {
    throw new EnvelopeRefused(
      'too-large',
      `${sealed.length} bytes are more than the limit of ${limits.sealed}`,
    );
  }
  const enveloped = readAuthEnveloped(sealed);
  const { recipientInfos } = enveloped;
  return decryptWith(enveloped, recipientInfos, keys);
}

/**
 * Opens a message of one's own with the RecipientInfo that was kept beside it.
 *
 * @param ownInfo as {@link KeptSeal} has it.
 * @throws EnvelopeRefused, MsgError as {@link open}.
 */
export async function reopen(
  { sealed, ownInfo }: Pick<KeptSeal, 'sealed' | 'ownInfo'>,
  keys: readonly OwnKey[],
): Promise<SignedMessage> {
  try {
    const info = readRecipientInfo(new Asn1Reader(ownInfo, 'der'));
    const { content } = await decryptWith(readAuthEnveloped(sealed), [info], keys);
    const signed = readSignedMessage(content);
    if (signed.header === undefined) throw mismatch('there is none');
    return signed;
  } catch (error) {
    throw asRefusal(error);
  }
}

async function decryptWith(
  enveloped: AuthEnveloped,
  infos: readonly RecipientInfo[],
  keys: readonly OwnKey[],
): Promise<Decrypted> {
  const { info, own, key } = findOwn(infos, keys);
  const contentKey = await recoverContentKey(info, key);
  const content = decryptOrRefuse(() => decryptContent(enveloped, contentKey));
  return { content, openedWith: own, recipientCount: enveloped.recipientInfos.length };
}

function decryptOrRefuse(decrypt: () => Buffer): Buffer {
  try {
    return decrypt();
  } catch {
    throw undecryptable();
  }
}

interface OwnInfo {
  readonly info: RecipientInfo;
  readonly own: readonly Certificate[];
  readonly key: OwnKey['key'];
}

/** The recipient info for us. The header names each recipient once, so there is at most one. */
function findOwn(infos: readonly RecipientInfo[], keys: readonly OwnKey[]): OwnInfo {
  const found = infos.flatMap((info): OwnInfo[] => {
    const own = keys.filter(({ certificate }) => refersTo(info.recipient, certificate));
    const [first] = own;
    if (first === undefined) return [];
    return [{ info, own: own.map(({ certificate }) => certificate), key: first.key }];
  });
  const [only, ...others] = found;
  if (only === undefined) {
    throw new EnvelopeRefused('not-for-us', 'the message is sealed to none of our certificates');
  }
  if (others.length > 0) {
    throw new EnvelopeRefused('key-management', 'the message is sealed to us more than once');
  }
  return only;
}

/** Stands in for content keys that cannot be had: random, never written with, never shown. */
const SUBSTITUTE = randomBytes(GCM.keyLength);

/**
 * The content key, or one that opens nothing when it cannot be had: then the decryption of the content
 * fails, and neither the error nor the way there tells how the key failed.
 */
async function recoverContentKey(info: RecipientInfo, key: OwnKey['key']): Promise<Uint8Array> {
  const contentKey = await unlock(info, key);
  return contentKey?.length === GCM.keyLength ? contentKey : SUBSTITUTE;
}

async function unlock(info: RecipientInfo, key: OwnKey['key']): Promise<Uint8Array | undefined> {
  if (info.management === 'transport') {
    return key.kind === 'rsa' ? answerOf(() => key.decrypt(info.encryptedKey)) : undefined;
  }
  if (info.curve !== key.kind) return undefined;
  const sharedSecret = await answerOf(() => key.agree(info.ephemeralPoint));
  if (sharedSecret === undefined) return undefined;
  try {
    return unwrapKey(deriveWrappingKey(sharedSecret, info.curve), info.encryptedKey);
  } catch {
    return undefined;
  }
}

/** What a key answers; whatever it throws says nothing about the message. */
async function answerOf(ask: () => KeyAnswer): Promise<Uint8Array | undefined> {
  try {
    return await ask();
  } catch (error) {
    throw keyUnavailable(error);
  }
}

/**
 * Our certificate as the signed header names it. A message that a recipient sealed anew to someone
 * else still names the recipients its author chose (D. Davis, "Defective Sign & Encrypt", 2001).
 */
function ownInHeader(header: Header, openedWith: readonly Certificate[]): Certificate {
  const own = openedWith.find(({ fingerprint }) =>
    header.to.some(({ cert }) => cert === fingerprint),
  );
  if (own !== undefined) return own;
  throw new EnvelopeRefused(
    'not-addressed',
    'the signed header does not name the certificate that the message is sealed to',
  );
}

/** Malformed bytes under one reason; what a key's own operations report to be retried stays. */
function asRefusal(error: unknown): unknown {
  if (error instanceof MsgError && (error instanceof EnvelopeRefused || error.retryable)) {
    return error;
  }
  if (error instanceof CertificateError) {
    return new EnvelopeRefused('signer-certificate', error.message, error);
  }
  const detail = error instanceof Asn1Error ? error.message : 'it cannot be read';
  return new EnvelopeRefused('malformed', `the message is malformed: ${detail}`, error);
}
