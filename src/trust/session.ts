import type { KeyObject } from 'node:crypto';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import type { ScopedCrl } from './crl-scope.js';
import { inheritDsaParameters, lacksDsaParameters } from './dsa-parameters.js';
import { interpret, type Interpreted } from './interpret.js';
import type { ValidationOptions } from './options.js';
import { verifySignature, type Signed, type SignatureVerdict } from './signature.js';

/** How many signatures one validation may verify, its revocation lists included. */
const MAX_SIGNATURES = 128;
/** How many paths, whole or not, one validation may look at. */
const MAX_PATHS = 512;

/** Thrown within this folder when a validation asks for more work than any honest one does. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** One validation: its inputs, what has been worked out so far, and how much work is left. */
export class Session {
  readonly options: ValidationOptions;
  readonly #keys = new Map<string, KeyObject>();
  readonly #signatures = new Map<Signed, Map<KeyObject, SignatureVerdict>>();
  readonly #certificates: ReadonlyMap<string, readonly Interpreted[]>;
  readonly #anchors: ReadonlyMap<string, readonly Interpreted[]>;
  #signaturesLeft = MAX_SIGNATURES;
  #pathsLeft = MAX_PATHS;

  constructor(
    options: ValidationOptions,
    anchors: readonly Certificate[],
    intermediates: readonly Certificate[],
  ) {
    this.options = options;
    this.#anchors = this.#bySubject(anchors);
    const known = new Set(anchors.map(({ fingerprint }) => fingerprint));
    this.#certificates = this.#bySubject(
      intermediates.filter(({ fingerprint }) => !known.has(fingerprint)),
    );
  }

  /** The trust anchors with this subject (a name key). */
  anchorsNamed(subject: string): readonly Interpreted[] {
    return this.#anchors.get(subject) ?? [];
  }

  /** The other certificates with this subject (a name key). */
  intermediatesNamed(subject: string): readonly Interpreted[] {
    return this.#certificates.get(subject) ?? [];
  }

  /**
   * A certificate's key, made once for all certificates that hold it.
   *
   * @param issuer the issuer's key, for DSA keys that inherit their parameters.
   * @returns undefined where node:crypto cannot read it or it has no parameters.
   */
  keyOf(certificate: Certificate, issuer?: KeyObject): KeyObject | undefined {
    if (lacksDsaParameters(certificate.spki)) return inheritDsaParameters(certificate.spki, issuer);
    const id = Buffer.from(certificate.spki).toString('base64');
    const key = this.#keys.get(id) ?? readableKey(certificate);
    if (key !== undefined) this.#keys.set(id, key);
    return key;
  }

  /**
   * Verifies a signature once for each key.
   *
   * @throws BudgetExceeded
   */
  verify(signed: Signed, key: KeyObject): SignatureVerdict {
    const known = this.#signatures.get(signed) ?? new Map<KeyObject, SignatureVerdict>();
    this.#signatures.set(signed, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (this.#signaturesLeft-- <= 0) throw new BudgetExceeded('too many signatures to verify');
    const verdict = verifySignature(signed, key, this.options.allowLegacy);
    known.set(key, verdict);
    return verdict;
  }

  /**
   * To be called for each path that is looked at.
   *
   * @throws BudgetExceeded
   */
  countPath(): void {
    if (this.#pathsLeft-- <= 0) throw new BudgetExceeded('too many possible paths');
  }

  /** The revocation lists of an issuer (a name key). */
  crlsBy(issuer: string): readonly ScopedCrl[] {
    return this.options.crls.get(issuer) ?? [];
  }

  /** Malformed certificates are no candidates for anything. */
  #bySubject(certificates: readonly Certificate[]): ReadonlyMap<string, readonly Interpreted[]> {
    const groups = new Map<string, Interpreted[]>();
    const seen = new Set<string>();
    for (const certificate of certificates) {
      const known = interpret(certificate);
      if (known instanceof CertificateError || seen.has(certificate.fingerprint)) continue;
      seen.add(certificate.fingerprint);
      groups.set(known.subject, [...(groups.get(known.subject) ?? []), known]);
    }
    return groups;
  }
}

function readableKey(certificate: Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}
