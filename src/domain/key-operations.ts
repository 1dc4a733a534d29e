/** The kinds of key that a peer's certificate may hold. */
export type KeyKind = 'p256' | 'p384' | 'rsa';

/** Hash functions of the envelope's signatures. */
export type SignatureHash = 'sha256' | 'sha384';

/**
 * What the envelope needs of one's own private key, so that a key in a file, a smart card (PKCS#11)
 * or a key service can stand behind it. Every method may answer at once or later.
 *
 * An operation that could not be tried (the service is out of reach, the card is absent) throws a
 * MsgError with `retryable`; any other error means that the bytes are at fault.
 */
export interface KeyOperations {
  readonly kind: KeyKind;
  /** Signs `data`: ECDSA as DER (RFC 3279, section 2.2.3), or RSASSA-PKCS1-v1_5. */
  sign(data: Uint8Array, hash: SignatureHash): Uint8Array | Promise<Uint8Array>;
  /** ECDH (SEC 1, section 3.3.1) with an uncompressed point of the key's own curve; EC keys only. */
  agree(point: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** RSAES-OAEP with SHA-256, MGF1-SHA-256 and an empty label (RFC 8017, 7.1); RSA keys only. */
  decrypt(ciphertext: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
