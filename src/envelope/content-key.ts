import { createCipheriv, createDecipheriv, createECDH, hash } from 'node:crypto';
import { octetString, oid, sequence, tlv } from '../asn1/writer.js';
import { contextTag } from '../asn1/values.js';
import { CURVES, GCM, type CurveName } from './algorithms.js';
import { ALGORITHM } from './oids.js';

const WRAP_CIPHER = 'id-aes256-wrap';
/** RFC 3394, section 2.2.3.1. */
const WRAP_IV = Buffer.alloc(8, 0xa6);
/** A 32-byte key wrapped: one block of 8 bytes more. */
export const WRAPPED_KEY_LENGTH = GCM.keyLength + WRAP_IV.length;

/**
 * What X9.63's derivation hashes after the shared secret: the counter 1, then ECC-CMS-SharedInfo (RFC
 * 5753, section 7.2) for aes256-wrap with absent parameters, no ukm and a key of 256 bits.
 */
const DERIVATION_SUFFIX = Buffer.concat([
  Buffer.of(0, 0, 0, 1),
  sequence(
    sequence(oid(ALGORITHM.aes256Wrap)),
    tlv(contextTag(2, 'constructed'), octetString(Buffer.of(0, 0, 1, 0))),
  ),
]);

/**
 * The key-encryption key for an ECDH shared secret (SEC 1, section 3.6.1): one round is enough, since
 * either hash is at least 32 bytes long.
 */
export function deriveWrappingKey(sharedSecret: Uint8Array, curve: CurveName): Uint8Array {
  const input = Buffer.concat([sharedSecret, DERIVATION_SUFFIX]);
  return hash(CURVES[curve].kdfHash, input, 'buffer').subarray(0, GCM.keyLength);
}

/** AES key wrap (RFC 3394) of a content key with a 32-byte key-encryption key. */
export function wrapKey(wrappingKey: Uint8Array, contentKey: Uint8Array): Buffer {
  return createCipheriv(WRAP_CIPHER, wrappingKey, WRAP_IV).update(contentKey);
}

/**
 * Undoes {@link wrapKey}.
 *
 * @throws Error when the integrity check fails, or the key is not one for AES-256 (node:crypto
 *   unwraps a key of no bytes without complaint).
 */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Buffer {
  if (wrapped.length !== WRAPPED_KEY_LENGTH) throw new Error('a wrapped key of the wrong length');
  const decipher = createDecipheriv(WRAP_CIPHER, wrappingKey, WRAP_IV);
  const contentKey = Buffer.concat([decipher.update(wrapped), decipher.final()]);
  if (contentKey.length !== GCM.keyLength) throw new Error('a content key of the wrong length');
  return contentKey;
}

/**
 * Wraps a content key for the holder of an EC key: a fresh ephemeral key of node:crypto's own making,
 * cofactor-less ECDH, derivation and key wrap.
 */
export function agreeAndWrap(
  recipientPoint: Uint8Array,
  curve: CurveName,
  contentKey: Uint8Array,
): { readonly ephemeralPoint: Buffer; readonly wrapped: Buffer } {
  const ephemeral = createECDH(CURVES[curve].name);
  const ephemeralPoint = ephemeral.generateKeys();
  const secret = ephemeral.computeSecret(recipientPoint);
  return { ephemeralPoint, wrapped: wrapKey(deriveWrappingKey(secret, curve), contentKey) };
}
