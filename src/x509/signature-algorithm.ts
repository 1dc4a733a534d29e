import type { KeyKind, KeyOperations, SignatureHash } from '../domain/key-operations.js';
import { TAG } from '../asn1/values.js';
import { oid, sequence, tlv } from '../asn1/writer.js';

interface SignatureScheme {
  readonly hash: SignatureHash;
  /** AlgorithmIdentifier, DER. */
  readonly identifier: Buffer;
}

/** How each kind of key signs certificates, requests and CRLs: RFC 5758, section 3.2; RFC 4055. */
const SCHEMES: Readonly<Record<KeyKind, SignatureScheme>> = {
  p256: { hash: 'sha256', identifier: sequence(oid('2a8648ce3d040302')) },
  p384: { hash: 'sha384', identifier: sequence(oid('2a8648ce3d040303')) },
  rsa: { hash: 'sha256', identifier: sequence(oid('2a864886f70d01010b'), tlv(TAG.null)) },
};

/** The AlgorithmIdentifier and hash with which a key of this kind signs X.509 structures. */
export function signatureSchemeOf(kind: KeyKind): SignatureScheme {
  return SCHEMES[kind];
}

/**
 * SIGNED{...}: the part to be signed, the algorithm, the signature (RFC 5280, section 4.1.1). The
 * algorithm named inside `signed` must be the key's own, see {@link signatureSchemeOf}.
 */
export async function writeSigned(
  signed: Uint8Array,
  key: Pick<KeyOperations, 'kind' | 'sign'>,
): Promise<Buffer> {
  const { hash, identifier } = SCHEMES[key.kind];
  const signature = await key.sign(signed, hash);
  return sequence(signed, identifier, tlv(TAG.bitString, Buffer.of(0), signature));
}
