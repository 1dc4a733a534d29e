import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import { contentOf, encodingOf, type Asn1Reader } from '../asn1/reader.js';
import { contextTag, hexOf, oidOf, smallInteger, TAG } from '../asn1/values.js';
import { oid, sequence } from '../asn1/writer.js';
import type { SignatureHash } from '../domain/key-operations.js';
import type { Certificate } from '../x509/certificate.js';
import { DIGESTS, SIGNS_WITH } from './algorithms.js';
import { rsaBits } from './certificate-facts.js';
import { ALGORITHM, describeOid } from './oids.js';
import { EnvelopeRefused } from './refused.js';

/** A digest of the profile. */
export interface Digest {
  readonly hash: SignatureHash;
  /** The AlgorithmIdentifier as it came. */
  readonly encoded: Uint8Array;
}

/** A signature algorithm of the profile. */
export interface Scheme {
  readonly family: 'ecdsa' | 'rsa';
  /** The hash that the algorithm names itself; rsaEncryption leaves it to the digest algorithm. */
  readonly hash: SignatureHash | undefined;
  /** For RSASSA-PSS, in bytes. */
  readonly saltLength?: number;
}

const NULL = Buffer.of(0x05, 0x00);

/** Everything but RSASSA-PSS, whose salt length varies, by its exact encoding. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  [SIGNS_WITH.p256.signature.toString('hex'), { family: 'ecdsa', hash: 'sha256' }],
  [SIGNS_WITH.p384.signature.toString('hex'), { family: 'ecdsa', hash: 'sha384' }],
  [SIGNS_WITH.rsa.signature.toString('hex'), { family: 'rsa', hash: 'sha256' }],
  [encode(ALGORITHM.rsaEncryption), { family: 'rsa', hash: undefined }],
]);

/** What each kind of key may sign with; the first is what this program writes. */
const HASHES = { p256: ['sha256'], p384: ['sha384', 'sha256'], rsa: ['sha256'] } as const;

/** An RSASSA-PSS salt is at most as long as OpenSSL's default makes it: for 8192 bits and SHA-256. */
const MAX_SALT_LENGTH = 1024 - 32 - 2;

/**
 * The hash that a DigestAlgorithmIdentifier means.
 *
 * @throws EnvelopeRefused `signature-algorithm`.
 */
export function readDigest(reader: Asn1Reader): Digest {
  const element = reader.take(TAG.sequence);
  const encoding = encodingOf(element);
  const hash = DIGESTS.get(hexOf(encoding));
  if (hash !== undefined) return { hash, encoded: encoding };
  throw unsupported(`digest ${describeOid(oidOf(reader.into(element).take()))}`);
}

/**
 * Reads a SignatureAlgorithmIdentifier (RFC 5754, section 3; RFC 4056 for RSASSA-PSS).
 *
 * @throws EnvelopeRefused `signature-algorithm`.
 */
export function readScheme(reader: Asn1Reader): { scheme: Scheme; encoded: Uint8Array } {
  const element = reader.take(TAG.sequence);
  const encoded = encodingOf(element);
  const known = SCHEMES.get(hexOf(encoded));
  if (known !== undefined) return { scheme: known, encoded };
  const fields = reader.into(element);
  const algorithm = oidOf(fields.take());
  if (algorithm !== ALGORITHM.rsaPss) throw unsupported(`signature ${describeOid(algorithm)}`);
  const saltLength = readPssSalt(fields.enter(TAG.sequence));
  fields.finish();
  return { scheme: { family: 'rsa', hash: 'sha256', saltLength }, encoded };
}

/**
 * Whether the signature over `data` is this certificate's.
 *
 * @throws EnvelopeRefused when key, hash and scheme do not go together in the profile.
 */
export function verifySignature(check: {
  readonly certificate: Certificate;
  readonly hash: SignatureHash;
  readonly scheme: Scheme;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const { certificate, hash, scheme } = check;
  requireFit(certificate, hash, scheme);
  return verify(hash, check.data, keyFor(certificate, scheme), check.signature);
}

function requireFit(certificate: Certificate, hash: SignatureHash, scheme: Scheme): void {
  const { keyKind } = certificate;
  if (keyKind === undefined || (keyKind === 'rsa' && rsaBits(certificate) === undefined)) {
    throw new EnvelopeRefused('signer-certificate', "the signer's key is outside the profile");
  }
  const family = keyKind === 'rsa' ? 'rsa' : 'ecdsa';
  if (scheme.family !== family) throw unsupported(`${scheme.family} signature by a ${keyKind} key`);
  const hashes: readonly SignatureHash[] = HASHES[keyKind];
  if (!hashes.includes(hash)) throw unsupported(`${hash} with a ${keyKind} key`);
  if (scheme.hash !== undefined && scheme.hash !== hash) {
    throw new EnvelopeRefused(
      'signature-algorithm',
      `the digest is ${hash}, but the signature is made with ${scheme.hash}`,
    );
  }
}

function keyFor(
  { publicKey }: Certificate,
  { saltLength }: Scheme,
): KeyObject | VerifyKeyObjectInput {
  if (saltLength === undefined) return publicKey;
  return { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

/** The salt length in RSASSA-PSS-params (RFC 4055, section 3.1) with SHA-256 throughout. */
function readPssSalt(parameters: Asn1Reader): number {
  const hash = DIGESTS.get(hexOf(explicitField(parameters, 0)));
  const mgf = hexOf(explicitField(parameters, 1));
  const isSha256 = hash === 'sha256' && MGF1_SHA256.includes(mgf);
  if (!isSha256) throw unsupported('signature rsassaPss with another hash than SHA-256');
  const salt = parameters.enter(contextTag(2, 'constructed'));
  const saltLength = smallInteger(salt.take());
  salt.finish();
  parameters.finish();
  if (saltLength > MAX_SALT_LENGTH) throw unsupported(`salt of ${saltLength} bytes`);
  return saltLength;
}

const MGF1_SHA256 = [
  encode(ALGORITHM.mgf1, sequence(oid(ALGORITHM.sha256))),
  encode(ALGORITHM.mgf1, sequence(oid(ALGORITHM.sha256), NULL)),
];

function explicitField(parameters: Asn1Reader, number: number): Uint8Array {
  const tag = contextTag(number, 'constructed');
  return parameters.peek() === tag ? contentOf(parameters.take()) : Buffer.alloc(0);
}

function encode(algorithm: string, parameters: Uint8Array = NULL): string {
  return sequence(oid(algorithm), parameters).toString('hex');
}

function unsupported(what: string): EnvelopeRefused {
  return new EnvelopeRefused('signature-algorithm', `unsupported ${what}`);
}
