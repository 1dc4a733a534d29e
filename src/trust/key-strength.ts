import type { KeyObject } from 'node:crypto';
import { detailsOf } from '../x509/key-details.js';

/** What keys must be at least. */
export interface KeyRequirement {
  /** Bits of an RSA modulus. */
  readonly minimumRsaBits: number;
  /** Takes RSA from 1024 bits on, and DSA. */
  readonly allowLegacy: boolean;
}

/** Larger keys serve only to keep a verifier busy. */
const MAXIMUM_RSA_BITS = 8192;
/** Larger exponents, too; small odd ones exist in old roots and do no harm to verifying. */
const MAXIMUM_RSA_EXPONENT = 2n ** 64n;

const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Says what is wrong with a key, or nothing. */
export function weaknessOf(key: KeyObject, requirement: KeyRequirement): string | undefined {
  const details = detailsOf(key);
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return rsaWeakness(details.modulusLength ?? 0, details.publicExponent ?? 0n, requirement);
    case 'ec':
      return CURVES.has(details.namedCurve ?? '')
        ? undefined
        : `a key on the curve ${details.namedCurve ?? 'unknown'} is not accepted`;
    case 'ed25519':
      return undefined;
    case 'dsa':
      return requirement.allowLegacy ? undefined : 'a DSA key is not accepted';
    default:
      return `a key of type ${key.asymmetricKeyType ?? 'unknown'} is not accepted`;
  }
}

function rsaWeakness(
  bits: number,
  exponent: bigint,
  { minimumRsaBits, allowLegacy }: KeyRequirement,
): string | undefined {
  const minimum = allowLegacy ? Math.min(1024, minimumRsaBits) : minimumRsaBits;
  if (bits < minimum) return `an RSA key of ${bits} bits, at least ${minimum} are required`;
  if (bits > MAXIMUM_RSA_BITS) return `an RSA key of ${bits} bits is larger than accepted`;
  if (exponent >= MAXIMUM_RSA_EXPONENT) return 'an RSA key with a public exponent over 64 bits';
  const isSound = exponent >= 3n && exponent % 2n === 1n;
  return isSound ? undefined : `an RSA key with the public exponent ${exponent.toString()}`;
}
