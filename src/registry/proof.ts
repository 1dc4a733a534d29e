import { constants, hash, verify } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { KeyKind, KeyOperations, SignatureHash } from '../domain/key-operations.js';
import type { PeerName } from '../domain/peer-name.js';
import type { Certificate } from '../x509/certificate.js';
import type { Address } from './port.js';

/** What a proof of possession binds together: one version of one peer in one directory. */
export interface Binding {
  readonly chainId: bigint;
  readonly directory: Address;
  readonly name: PeerName;
  /** The peer's owner when the version is published. */
  readonly owner: Address;
  /** The version's index; without it an old proof could be published again. */
  readonly index: number;
  readonly fingerprint: Fingerprint;
}

/** The first line of the binding text: what the signature is for, and nothing else. */
const PURPOSE = 'msg-directory-proof-v1';

const HASH: Readonly<Record<KeyKind, SignatureHash>> = {
  p256: 'sha256',
  p384: 'sha384',
  rsa: 'sha256',
};

/**
 * The bytes that the certificate's key signs: seven lines of ASCII, each ended by one line feed
 * (0x0a), the last one too.
 *
 * 1. `msg-directory-proof-v1`
 * 2. the chain id in decimal digits
 * 3. the directory's address: 0x and 40 lower-case hexadecimal digits
 * 4. the peer's name
 * 5. the owner account: 0x and 40 lower-case hexadecimal digits
 * 6. the version's index in decimal digits, from 0
 * 7. SHA-256 of the certificate's DER: 64 lower-case hexadecimal digits
 *
 * No item can hold a line feed, so no two bindings have the same text.
 */
export function bindingText(binding: Binding): Uint8Array {
  const { chainId, directory, name, owner, index, fingerprint } = binding;
  const lines = [
    PURPOSE,
    String(chainId),
    directory.toLowerCase(),
    name,
    owner.toLowerCase(),
    String(index),
    fingerprint,
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'ascii');
}

/**
 * Signs the binding text with the certificate's private key: ECDSA with SHA-256 (P-256) or SHA-384
 * (P-384) as DER (RFC 3279, section 2.2.3), or RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
 */
export async function makeProof(binding: Binding, key: KeyOperations): Promise<Uint8Array> {
  return key.sign(bindingText(binding), HASH[key.kind]);
}

/**
 * Whether the signature proves that the holder of the certificate's key wants to be this version of
 * this peer. False as well for a certificate other than the bound one and for kinds of key that msg
 * does not use.
 */
export function verifyProof(
  binding: Binding,
  certificate: Certificate,
  proof: Uint8Array,
): boolean {
  const { keyKind, fingerprint } = certificate;
  if (keyKind === undefined || fingerprint !== binding.fingerprint) return false;
  const key =
    keyKind === 'rsa'
      ? { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }
      : { key: certificate.publicKey, dsaEncoding: 'der' as const };
  return verify(HASH[keyKind], bindingText(binding), key, proof);
}

/** How many proofs are remembered; the oldest goes first. */
const CAPACITY = 4096;

/**
 * Verifies proofs with a memory for those that hold: every message asks for its sender's and its
 * recipients', and none of them ever changes.
 */
export class ProofVerifier {
  readonly #proven = new Set<string>();

  /** As {@link verifyProof}. */
  verify(binding: Binding, certificate: Certificate, proof: Uint8Array): boolean {
    const question = hash(
      'sha256',
      Buffer.concat([bindingText(binding), Buffer.from(certificate.fingerprint), proof]),
    );
    if (this.#proven.has(question)) return true;
    if (!verifyProof(binding, certificate, proof)) return false;
    const [oldest] = this.#proven;
    if (this.#proven.size >= CAPACITY && oldest !== undefined) this.#proven.delete(oldest);
    this.#proven.add(question);
    return true;
  }
}
