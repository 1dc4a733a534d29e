import { integer, octetString, oid, sequence, tlv } from '../asn1/writer.js';
import { contextTag } from '../asn1/values.js';
import type { KeyKind, SignatureHash } from '../domain/key-operations.js';
import { ALGORITHM, CONTENT_TYPE } from './oids.js';

/** An AlgorithmIdentifier in hexadecimal: what came is compared as it was encoded, to the last byte. */
type EncodedAlgorithm = string;

const NULL = Buffer.of(0x05, 0x00);
const NOTHING = Buffer.alloc(0);

/** Object identifiers that go into every message, encoded once. */
export const OID = {
  data: oid(CONTENT_TYPE.data),
  signedData: oid(CONTENT_TYPE.signedData),
  authEnvelopedData: oid(CONTENT_TYPE.authEnvelopedData),
} as const;

/** What a signature is made with: digest, signature algorithm, and how node:crypto is told. */
export interface SignatureAlgorithms {
  readonly hash: SignatureHash;
  /** AlgorithmIdentifier of the digest; parameters absent (RFC 5754, section 2). */
  readonly digest: Buffer;
  /** AlgorithmIdentifier of the signature (RFC 5754, section 3). */
  readonly signature: Buffer;
}

const DIGEST = {
  sha256: sequence(oid(ALGORITHM.sha256)),
  sha384: sequence(oid(ALGORITHM.sha384)),
} as const;

/** What each kind of key signs with. */
export const SIGNS_WITH: Readonly<Record<KeyKind, SignatureAlgorithms>> = {
  p256: {
    hash: 'sha256',
    digest: DIGEST.sha256,
    signature: sequence(oid(ALGORITHM.ecdsaWithSha256)),
  },
  p384: {
    hash: 'sha384',
    digest: DIGEST.sha384,
    signature: sequence(oid(ALGORITHM.ecdsaWithSha384)),
  },
  rsa: {
    hash: 'sha256',
    digest: DIGEST.sha256,
    signature: sequence(oid(ALGORITHM.sha256WithRsa), NULL),
  },
};

/** Accepted digests: parameters absent, or NULL as older programs write them. */
export const DIGESTS: ReadonlyMap<EncodedAlgorithm, SignatureHash> = new Map(
  (['sha256', 'sha384'] as const).flatMap((hash) => [
    [DIGEST[hash].toString('hex'), hash] as const,
    [sequence(oid(ALGORITHM[hash]), NULL).toString('hex'), hash] as const,
  ]),
);

/** The curves of the profile, with everything that goes with each (RFC 5753, section 7.1). */
export const CURVES = {
  p256: {
    name: 'prime256v1',
    pointLength: 65,
    kdfHash: 'sha256',
    parameters: Buffer.from('06082a8648ce3d030107', 'hex'),
    agreement: sequence(oid(ALGORITHM.ecdhSha256Kdf), sequence(oid(ALGORITHM.aes256Wrap))),
  },
  p384: {
    name: 'secp384r1',
    pointLength: 97,
    kdfHash: 'sha384',
    parameters: Buffer.from('06052b81040022', 'hex'),
    agreement: sequence(oid(ALGORITHM.ecdhSha384Kdf), sequence(oid(ALGORITHM.aes256Wrap))),
  },
} as const;

/** A curve of the profile. */
export type CurveName = keyof typeof CURVES;

/** The curve that goes with a key agreement algorithm. */
export const AGREEMENTS: ReadonlyMap<EncodedAlgorithm, CurveName> = new Map(
  (['p256', 'p384'] as const).map((curve) => [CURVES[curve].agreement.toString('hex'), curve]),
);

/** The ephemeral key's algorithm as it is written: the curve is the recipient's, so it is not named. */
export const EPHEMERAL_KEY = sequence(oid(ALGORITHM.ecPublicKey));

/** The curves that an ephemeral key's algorithm allows: absent, NULL or named (RFC 5753, 3.1.1). */
export const EPHEMERAL_KEYS: ReadonlyMap<EncodedAlgorithm, readonly CurveName[]> = new Map<
  EncodedAlgorithm,
  readonly CurveName[]
>([
  [EPHEMERAL_KEY.toString('hex'), ['p256', 'p384']],
  [sequence(oid(ALGORITHM.ecPublicKey), NULL).toString('hex'), ['p256', 'p384']],
  [namedCurve('p256'), ['p256']],
  [namedCurve('p384'), ['p384']],
]);

/** RSAES-OAEP with SHA-256 and MGF1-SHA-256, both explicit, and an empty label (RFC 4055, 4.1). */
export const RSA_OAEP = rsaOaep(NOTHING, NOTHING, NOTHING);

/** Accepted spellings of the same: NULL parameters of the hashes, the empty label written out. */
export const RSA_OAEPS: ReadonlySet<EncodedAlgorithm> = new Set(
  [NOTHING, NULL].flatMap((hash) =>
    [NOTHING, NULL].flatMap((mgf) =>
      [NOTHING, explicitLabel()].map((label) => rsaOaep(hash, mgf, label).toString('hex')),
    ),
  ),
);

/** AES-256-GCM's lengths in bytes; ICVlen is written out, its default being 12 (RFC 5084). */
export const GCM = { keyLength: 32, nonceLength: 12, tagLength: 16 } as const;

/** AlgorithmIdentifier of AES-256-GCM (RFC 5084, section 3.2): all of it but the nonce is constant. */
const AES256_GCM = sequence(
  oid(ALGORITHM.aes256Gcm),
  sequence(octetString(Buffer.alloc(GCM.nonceLength)), integer(GCM.tagLength)),
);
const NONCE_AT = AES256_GCM.length - integer(GCM.tagLength).length - GCM.nonceLength;

/** AlgorithmIdentifier of AES-256-GCM with this nonce and a 16-byte tag. */
export function aes256Gcm(nonce: Uint8Array): Buffer {
  const algorithm = Buffer.from(AES256_GCM);
  algorithm.set(nonce, NONCE_AT);
  return algorithm;
}

function namedCurve(curve: CurveName): EncodedAlgorithm {
  return sequence(oid(ALGORITHM.ecPublicKey), CURVES[curve].parameters).toString('hex');
}

function rsaOaep(hashParameters: Buffer, mgfParameters: Buffer, label: Buffer): Buffer {
  const sha256 = oid(ALGORITHM.sha256);
  const mgf1 = sequence(oid(ALGORITHM.mgf1), sequence(sha256, mgfParameters));
  return sequence(
    oid(ALGORITHM.rsaOaep),
    sequence(
      tlv(contextTag(0, 'constructed'), sequence(sha256, hashParameters)),
      tlv(contextTag(1, 'constructed'), mgf1),
      label,
    ),
  );
}

function explicitLabel(): Buffer {
  const empty = sequence(oid(ALGORITHM.pSpecified), octetString(NOTHING));
  return tlv(contextTag(2, 'constructed'), empty);
}
