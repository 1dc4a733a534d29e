import { constants, verify, type KeyObject } from 'node:crypto';
import { Asn1Error, Asn1Reader, contentOf, type Element } from '../asn1/reader.js';
import { contextTag, oidOf, smallInteger, TAG } from '../asn1/values.js';

/** What X.509 signs: a certificate or a revocation list. */
export interface Signed {
  readonly tbs: Uint8Array;
  /** AlgorithmIdentifier with tag and length. */
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/** `algorithm`: the signature was not looked at, because its algorithm is unknown or not allowed. */
export type SignatureVerdict = 'valid' | 'invalid' | 'algorithm';

type Family = 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'dsa';

interface Scheme {
  readonly family: Family;
  readonly hash: string | null;
  /** Only under `allowLegacy`. */
  readonly isLegacy?: true;
  readonly saltLength?: number;
}

/**
 * The algorithms by their whole AlgorithmIdentifier, so that parameters cannot smuggle anything in.
 * RFC 4055 lets RSA's NULL parameters be absent; ECDSA, DSA and Ed25519 have none.
 */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ...rsa('05', { family: 'rsa', hash: 'sha1', isLegacy: true }),
  ...rsa('0b', { family: 'rsa', hash: 'sha256' }),
  ...rsa('0c', { family: 'rsa', hash: 'sha384' }),
  ...rsa('0d', { family: 'rsa', hash: 'sha512' }),
  ['300a06082a8648ce3d040302', { family: 'ec', hash: 'sha256' }],
  ['300a06082a8648ce3d040303', { family: 'ec', hash: 'sha384' }],
  ['300a06082a8648ce3d040304', { family: 'ec', hash: 'sha512' }],
  ['300906072a8648ce3d0401', { family: 'ec', hash: 'sha1', isLegacy: true }],
  ['300506032b6570', { family: 'ed25519', hash: null }],
  ['300906072a8648ce380403', { family: 'dsa', hash: 'sha1', isLegacy: true }],
  ['300b0609608648016503040302', { family: 'dsa', hash: 'sha256', isLegacy: true }],
]);

const RSASSA_PSS = '2a864886f70d01010a';
const MGF1 = '2a864886f70d010108';
const HASHES: ReadonlyMap<string, { readonly hash: string; readonly length: number }> = new Map([
  ['608648016503040201', { hash: 'sha256', length: 32 }],
  ['608648016503040202', { hash: 'sha384', length: 48 }],
  ['608648016503040203', { hash: 'sha512', length: 64 }],
]);

function rsa(last: string, scheme: Scheme): [string, Scheme][] {
  const oid = `06092a864886f70d0101${last}`;
  return [
    [`300d${oid}0500`, scheme],
    [`300b${oid}`, scheme],
  ];
}

/**
 * Verifies the signature of a certificate or revocation list: RSA with PKCS#1 v1.5 or PSS (RFC 4055),
 * ECDSA (RFC 5758), Ed25519 (RFC 8410); with `allowLegacy` also SHA-1 and DSA (RFC 3279).
 */
export function verifySignature(
  signed: Signed,
  key: KeyObject,
  allowLegacy: boolean,
): SignatureVerdict {
  const scheme = schemeOf(signed.signatureAlgorithm);
  if (scheme === undefined || (scheme.isLegacy === true && !allowLegacy)) return 'algorithm';
  if (!fits(scheme.family, key.asymmetricKeyType)) return 'invalid';
  const known = verdicts.get(signed) ?? new WeakMap<KeyObject, SignatureVerdict>();
  verdicts.set(signed, known);
  const verdict = known.get(key) ?? verifyBy(scheme, signed, key);
  known.set(key, verdict);
  return verdict;
}

/** One certificate is judged for several times, and its issuer's with every other: nothing here changes. */
const verdicts = new WeakMap<Signed, WeakMap<KeyObject, SignatureVerdict>>();

function verifyBy(scheme: Scheme, signed: Signed, key: KeyObject): SignatureVerdict {
  try {
    const isValid = verify(scheme.hash, signed.tbs, keyInput(scheme, key), signed.signature);
    return isValid ? 'valid' : 'invalid';
  } catch {
    return 'invalid';
  }
}

function fits(family: Family, keyType: string | undefined): boolean {
  return keyType === family || (family === 'rsa-pss' && keyType === 'rsa');
}

function keyInput(scheme: Scheme, key: KeyObject): Parameters<typeof verify>[2] {
  if (scheme.saltLength === undefined) return { key, dsaEncoding: 'der' };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
}

function schemeOf(algorithm: Uint8Array): Scheme | undefined {
  const known = SCHEMES.get(Buffer.from(algorithm).toString('hex'));
  if (known !== undefined) return known;
  try {
    return pssScheme(new Asn1Reader(algorithm).enter(TAG.sequence));
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

/**
 * RSASSA-PSS-params (RFC 4055, section 3.1). The defaults mean SHA-1 and are refused; the mask must
 * use the message's hash, which is all that node:crypto verifies and all that is ever used.
 */
function pssScheme(algorithm: Asn1Reader): Scheme | undefined {
  if (oidOf(algorithm.take(TAG.oid)) !== RSASSA_PSS) return undefined;
  const parameters = algorithm.enter(TAG.sequence);
  const digest = explicit(parameters, 0);
  const mask = explicit(parameters, 1);
  const salt = explicit(parameters, 2);
  const trailer = explicit(parameters, 3);
  parameters.finish();
  algorithm.finish();
  if (digest === undefined || mask === undefined) return undefined;
  const hash = hashOf(parameters.into(digest));
  if (hash === undefined || maskHashOf(parameters.into(mask)) !== hash) return undefined;
  if (trailer !== undefined && smallInteger(trailer) !== 1) return undefined;
  const saltLength = salt === undefined ? 20 : smallInteger(salt);
  return saltLength > hash.length ? undefined : { family: 'rsa-pss', hash: hash.hash, saltLength };
}

function explicit(parameters: Asn1Reader, number: number): Element | undefined {
  const wrapper = parameters.takeOptional(contextTag(number, 'constructed'));
  if (wrapper === undefined) return undefined;
  const reader = parameters.into(wrapper);
  const element = reader.take();
  reader.finish();
  return element;
}

function hashOf(algorithm: Asn1Reader): { hash: string; length: number } | undefined {
  const hash = HASHES.get(oidOf(algorithm.take(TAG.oid)));
  const parameters = algorithm.takeOptional(TAG.null);
  algorithm.finish();
  if (parameters !== undefined && contentOf(parameters).length > 0) return undefined;
  return hash;
}

function maskHashOf(algorithm: Asn1Reader): ReturnType<typeof hashOf> {
  if (oidOf(algorithm.take(TAG.oid)) !== MGF1) return undefined;
  const hash = hashOf(algorithm.enter(TAG.sequence));
  algorithm.finish();
  return hash;
}
