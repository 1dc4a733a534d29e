import { createDecipheriv } from 'node:crypto';
import { Asn1Reader, encodingOf, readSingle } from '../asn1/reader.js';
import { contextTag, oidOf, smallInteger, TAG, takeOctets } from '../asn1/values.js';
import { aes256Gcm, GCM } from './algorithms.js';
import { ALGORITHM, CONTENT_TYPE, describeOid } from './oids.js';
import { readRecipientInfo, type RecipientInfo } from './recipient-read.js';
import { EnvelopeRefused } from './refused.js';

/** An AuthEnvelopedData of the profile, still encrypted. */
export interface AuthEnveloped<Info = RecipientInfo> extends EncryptedContent {
  readonly recipientInfos: readonly Info[];
}

/** Content encrypted with AES-256-GCM. */
export interface EncryptedContent {
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** More recipients than this do not fit into a signed header, which names every one of them. */
const MAX_RECIPIENTS = 1000;

/** The optional parts of AuthEnvelopedData that the profile does not have, by their tags. */
const FORBIDDEN = {
  originatorInfo: contextTag(0, 'constructed'),
  authAttrs: contextTag(1, 'constructed'),
  unauthAttrs: contextTag(2, 'constructed'),
} as const;

/**
 * Reads a ContentInfo with AuthEnvelopedData (RFC 5083, section 2), BER allowed, to its last byte.
 *
 * @throws EnvelopeRefused with a reason that only repeats what anyone can see on the wire.
 * @throws Asn1Error when it is not ASN.1.
 */
export function readAuthEnveloped(sealed: Uint8Array): AuthEnveloped {
  return readEnvelopedFor(sealed, readRecipientInfo);
}

/** As {@link readAuthEnveloped}, with recipient infos of whatever kind `readInfo` reads. */
export function readEnvelopedFor<Info>(
  sealed: Uint8Array,
  readInfo: (infos: Asn1Reader) => Info,
): AuthEnveloped<Info> {
  const { content, recipientInfos } = enterRecipientInfos(sealed);
  const { nonce, ciphertext } = readEncryptedContent(content.enter(TAG.sequence));
  refuseIfNext(content, 'authAttrs');
  const tag = takeOctets(content);
  refuseIfNext(content, 'unauthAttrs');
  content.finish();
  if (tag.length !== GCM.tagLength) throw cipherRefused(`a tag of ${tag.length} bytes`);
  return { recipientInfos: readAll(recipientInfos, readInfo), nonce, ciphertext, tag };
}

/** The identifier octet of the first recipient info, which tells its kind; undefined without any. */
export function firstRecipientTag(sealed: Uint8Array): number | undefined {
  return enterRecipientInfos(sealed).recipientInfos.peek();
}

function enterRecipientInfos(sealed: Uint8Array) {
  const content = enterContentInfo(sealed, CONTENT_TYPE.authEnvelopedData);
  const version = smallInteger(content.take());
  if (version !== 0) throw profileRefused(`version ${version} of AuthEnvelopedData`);
  refuseIfNext(content, 'originatorInfo');
  return { content, recipientInfos: content.enter(TAG.set) };
}

/** A reader within the content of a ContentInfo (RFC 5652, section 3) that must be of this type. */
export function enterContentInfo(encoded: Uint8Array, contentType: string): Asn1Reader {
  const info = new Asn1Reader(encoded, 'ber').into(readSingle(encoded, TAG.sequence, 'ber'));
  const found = oidOf(info.take());
  if (found !== contentType) throw contentTypeRefused(contentType, found);
  const explicit = info.enter(contextTag(0, 'constructed'));
  info.finish();
  const content = explicit.enter(TAG.sequence);
  explicit.finish();
  return content;
}

/**
 * Decrypts the content.
 *
 * @throws Error when it is not authentic under this key.
 */
export function decryptContent(enveloped: EncryptedContent, contentKey: Uint8Array): Buffer {
  const options = { authTagLength: GCM.tagLength };
  const decipher = createDecipheriv('aes-256-gcm', contentKey, enveloped.nonce, options);
  decipher.setAuthTag(enveloped.tag);
  const content = decipher.update(enveloped.ciphertext);
  decipher.final();
  return content;
}

function readAll<Info>(infos: Asn1Reader, readInfo: (infos: Asn1Reader) => Info): Info[] {
  const recipientInfos: Info[] = [];
  while (!infos.done) {
    if (recipientInfos.length === MAX_RECIPIENTS) {
      throw new EnvelopeRefused('key-management', `more than ${MAX_RECIPIENTS} recipients`);
    }
    recipientInfos.push(readInfo(infos));
  }
  return recipientInfos;
}

/** EncryptedContentInfo (RFC 5652, section 6.1). */
function readEncryptedContent(info: Asn1Reader): Omit<EncryptedContent, 'tag'> {
  const contentType = oidOf(info.take());
  if (contentType !== CONTENT_TYPE.data) throw contentTypeRefused(CONTENT_TYPE.data, contentType);
  const nonce = readCipher(info);
  const ciphertext = takeOctets(info, contextTag(0, 'primitive'));
  info.finish();
  return { nonce, ciphertext };
}

function readCipher(info: Asn1Reader): Uint8Array {
  const algorithm = info.take(TAG.sequence);
  const fields = info.into(algorithm);
  const cipher = oidOf(fields.take());
  if (cipher !== ALGORITHM.aes256Gcm) {
    throw cipherRefused(`unsupported cipher ${describeOid(cipher)}`);
  }
  const parameters = fields.enter(TAG.sequence);
  const nonce = takeOctets(parameters);
  if (nonce.length !== GCM.nonceLength) throw cipherRefused(`a nonce of ${nonce.length} bytes`);
  if (!aes256Gcm(nonce).equals(encodingOf(algorithm))) {
    throw cipherRefused('aes256-gcm with other parameters than a nonce and a tag of 16 bytes');
  }
  return nonce;
}

function refuseIfNext(content: Asn1Reader, part: keyof typeof FORBIDDEN): void {
  if (content.peek() === FORBIDDEN[part]) throw profileRefused(part);
}

function contentTypeRefused(expected: string, found: string): EnvelopeRefused {
  const message = `expected ${describeOid(expected)}, found ${describeOid(found)}`;
  return new EnvelopeRefused('content-type', message);
}

function profileRefused(what: string): EnvelopeRefused {
  return new EnvelopeRefused('profile', `${what} is not part of the message profile`);
}

function cipherRefused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('cipher', message);
}
