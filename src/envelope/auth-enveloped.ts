import { createCipheriv } from 'node:crypto';
import { contextTag } from '../asn1/values.js';
import { integer, nest, octetString, setOf } from '../asn1/writer.js';
import { aes256Gcm, GCM, OID } from './algorithms.js';

const CIPHER = 'aes-256-gcm';
const VERSION_0 = integer(0);

/** What an envelope is made of. */
export interface EnvelopeParts {
  /** DER of every RecipientInfo. */
  readonly recipientInfos: readonly Uint8Array[];
  /** 32 bytes, used for this envelope only. */
  readonly contentKey: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  readonly content: Uint8Array;
}

/**
 * DER of a ContentInfo with AuthEnvelopedData (RFC 5083, section 2): the content encrypted with
 * AES-256-GCM (RFC 5084), no originatorInfo, no further attributes.
 */
export function writeAuthEnveloped(parts: EnvelopeParts): Buffer {
  const { contentKey, nonce, content } = parts;
  const cipher = createCipheriv(CIPHER, contentKey, nonce, { authTagLength: GCM.tagLength });
  const ciphertext = cipher.update(content);
  cipher.final();
  const encryptedContent = nest(0x30, [
    OID.data,
    aes256Gcm(nonce),
    ...nest(contextTag(0, 'primitive'), [ciphertext]),
  ]);
  const authEnvelopedData = nest(0x30, [
    VERSION_0,
    setOf(parts.recipientInfos),
    ...encryptedContent,
    octetString(cipher.getAuthTag()),
  ]);
  const explicit = nest(contextTag(0, 'constructed'), authEnvelopedData);
  return Buffer.concat(nest(0x30, [OID.authEnvelopedData, ...explicit]));
}
