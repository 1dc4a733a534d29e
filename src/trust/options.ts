import type { Certificate } from '../x509/certificate.js';
import { PURPOSE } from '../x509/oids.js';
import type { KeyUsage } from '../x509/write-extensions.js';
import type { CrlIndex } from './crl-scope.js';
import type { PolicyOptions } from './policy-state.js';

/**
 * What becomes of a certificate that no current revocation list covers; what a list revokes is refused
 * in all modes but the last.
 *
 * - `require`: it is refused
 * - `if-published`: it is refused if it names distribution points, or a list of its issuer is at hand;
 *   its issuer publishes none as far as one can see otherwise, and nobody has withheld anything
 * - `if-available`: it is accepted; whoever can keep lists away can keep revocations away
 * - `off`: no list is asked
 */
export type RevocationMode = (typeof REVOCATION_MODES)[number];

/** The modes from the strictest to the laxest. */
export const REVOCATION_MODES = ['require', 'if-published', 'if-available', 'off'] as const;

/** What the certificate in question is used for. */
export interface Purpose {
  /** Every one of them must be there where the certificate has keyUsage at all. */
  readonly keyUsage: readonly KeyUsage[];
  /**
   * One of them (object identifiers' contents in hexadecimal) or anyExtendedKeyUsage must be there
   * where the certificate, or an issuer below the anchor, has extKeyUsage at all. Absent: not looked
   * at.
   */
  readonly extendedKeyUsage?: readonly string[];
}

/**
 * What msg uses a peer's certificate for: to sign, and to receive what is sealed to its key;
 * emailProtection is the purpose that CMS readers such as OpenSSL look for.
 */
export function messagePurpose(certificate: Pick<Certificate, 'keyKind'>): Purpose {
  return {
    keyUsage: [
      'digitalSignature',
      certificate.keyKind === 'rsa' ? 'keyEncipherment' : 'keyAgreement',
    ],
    extendedKeyUsage: [PURPOSE.emailProtection],
  };
}

/** How a path is judged; every field has a value. */
export interface ValidationOptions {
  /** Unix milliseconds. */
  readonly time: number;
  readonly revocation: RevocationMode;
  readonly crls: CrlIndex;
  /** The least number of bits of an RSA key anywhere in the path. */
  readonly minimumRsaBits: number;
  /** Accepts SHA-1, DSA, RSA from 1024 bits on, and serial numbers that are not positive. */
  readonly allowLegacy: boolean;
  readonly policy: PolicyOptions;
  /** How many certificates a path may have below its anchor. */
  readonly maxPathLength: number;
}
