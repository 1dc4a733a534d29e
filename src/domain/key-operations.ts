import { MsgError } from '../errors.js';

/** The kinds of key that a peer's certificate may hold. */
export type KeyKind = 'p256' | 'p384' | 'rsa';

/** Hash functions of the envelope's signatures. */
export type SignatureHash = 'sha256' | 'sha384';

/** What an operation on foreign bytes gives, at once or later; undefined when the bytes are at fault. */
export type KeyAnswer = Uint8Array | undefined | Promise<Uint8Array | undefined>;

/**
 * What msg needs of one's own private key, so that a key in a file, a smart card (PKCS#11) or a key
 * service can stand behind it. Every method may answer at once or later.
 *
 * Whatever a method throws means that the operation could not be tried (the service is out of reach,
 * the card is absent): a message waits then. Bytes that the key can do nothing with are no error but
 * the answer `undefined`: such a message is refused for good, and a sender can make one at any time.
 */
export interface KeyOperations {
  readonly kind: KeyKind;
  /** Signs `data`: ECDSA as DER (RFC 3279, section 2.2.3), or RSASSA-PKCS1-v1_5. */
  sign(data: Uint8Array, hash: SignatureHash): Uint8Array | Promise<Uint8Array>;
  /**
   * ECDH (SEC 1, section 3.3.1) with an uncompressed point: the shared secret's x coordinate, as long
   * as the curve's field. Undefined when the point does not lie on the key's curve. EC keys only.
   */
  agree(point: Uint8Array): KeyAnswer;
  /**
   * RSAES-OAEP with SHA-256, MGF1-SHA-256 and an empty label (RFC 8017, 7.1). Undefined when that fails.
   * RSA keys only.
   */
  decrypt(ciphertext: Uint8Array): KeyAnswer;
}

/** The failure of a key operation as one that passes: MsgErrors that may pass stay what they are. */
export function keyUnavailable(cause: unknown): MsgError {
  if (cause instanceof MsgError && cause.retryable) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MsgError('key-unavailable', `the private key cannot be used now: ${reason}`, {
    hint: 'see that the service or the device that holds it answers',
    cause,
  });
}
