import type { AsymmetricKeyDetails, KeyObject } from 'node:crypto';

const SAFE: ReadonlySet<string> = new Set(['rsa', 'rsa-pss', 'ec']);

/**
 * What Node tells of a key that somebody else made. Of other kinds than RSA and EC nothing is asked:
 * about a DSA key with a negative value Node fails an assertion, which ends the process, and nothing
 * can catch that. EC keys that do the same are no certificate's key (`readPublicKeyInfo`).
 */
export function detailsOf(key: KeyObject): AsymmetricKeyDetails {
  return SAFE.has(key.asymmetricKeyType ?? '') ? (key.asymmetricKeyDetails ?? {}) : {};
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384' };

/** A key's kind and size for people: `EC P-256`, `RSA 3072`. */
export function nameOfKey(key: KeyObject): string {
  const { namedCurve, modulusLength } = detailsOf(key);
  if (namedCurve !== undefined) return `EC ${CURVES[namedCurve] ?? namedCurve}`;
  const type = String(key.asymmetricKeyType).toUpperCase();
  return modulusLength === undefined ? type : `${type} ${modulusLength}`;
}
