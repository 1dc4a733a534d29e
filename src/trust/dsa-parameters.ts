import { createPublicKey, type KeyObject } from 'node:crypto';
import { Asn1Error, Asn1Reader, encodingOf } from '../asn1/reader.js';
import { oidOf, TAG } from '../asn1/values.js';
import { oid, sequence } from '../asn1/writer.js';
import { KEY } from '../x509/oids.js';

/*
 * RFC 3279, section 2.3.2: a DSA key may leave out its parameters and take those of its issuer. Only
 * legacy paths, and NIST's test-suite, have such keys.
 */

/** Whether the SubjectPublicKeyInfo is a DSA key that has to inherit its parameters. */
export function lacksDsaParameters(spki: Uint8Array): boolean {
  const algorithm = new Asn1Reader(spki).enter(TAG.sequence).enter(TAG.sequence);
  return oidOf(algorithm.take(TAG.oid)) === KEY.dsa && algorithm.done;
}

/**
 * The DSA key of `spki` with the parameters of the issuer's key.
 *
 * @returns undefined where the issuer has none, or the result is no key.
 */
export function inheritDsaParameters(
  spki: Uint8Array,
  issuer: KeyObject | undefined,
): KeyObject | undefined {
  if (issuer?.asymmetricKeyType !== 'dsa') return undefined;
  try {
    const parameters = dsaParameters(issuer.export({ format: 'der', type: 'spki' }));
    const info = new Asn1Reader(spki).enter(TAG.sequence);
    info.take(TAG.sequence);
    const key = encodingOf(info.take(TAG.bitString));
    const der = sequence(sequence(oid(KEY.dsa), parameters), key);
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function dsaParameters(spki: Uint8Array): Uint8Array {
  const algorithm = new Asn1Reader(spki).enter(TAG.sequence).enter(TAG.sequence);
  if (oidOf(algorithm.take(TAG.oid)) !== KEY.dsa) throw new Asn1Error('not a DSA key');
  return encodingOf(algorithm.take(TAG.sequence));
}
