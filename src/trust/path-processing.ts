import type { KeyObject } from 'node:crypto';
import { ANY_POLICY, PURPOSE } from '../x509/oids.js';
import { showOid } from '../asn1/object-identifier.js';
import type { Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import type { Interpreted } from './interpret.js';
import { weaknessOf } from './key-strength.js';
import { NameConstraintState } from './name-constraints.js';
import type { Purpose } from './options.js';
import type { CandidatePath } from './path-building.js';
import { PolicyState } from './policy-state.js';
import { checkRevocation, type CrlSigners, type Issuer } from './revocation.js';
import type { Session } from './session.js';
import { PATH_STAGES, refused, stageOf, type PathRefused, type PathVerdict } from './verdict.js';

/** How often names may be compared with constraints along one path. */
const NAME_COMPARISONS = 250_000;

/**
 * Judges one path: RFC 5280, section 6.1, from the anchor down, with RFC 9618's policies and RFC
 * 5937's use of the constraints that an anchor's own certificate states.
 *
 * @throws BudgetExceeded
 */
export function processPath(path: CandidatePath, context: Context): PathVerdict {
  return new PathProcessing(path, context).run();
}

/** What a path is judged with. */
export interface Context {
  readonly session: Session;
  readonly purpose: Purpose;
  readonly crlSigners: CrlSigners;
}

class PathProcessing {
  readonly #path: CandidatePath;
  readonly #session: Session;
  readonly #purpose: Purpose;
  readonly #crlSigners: CrlSigners;
  readonly #names = new NameConstraintState(NAME_COMPARISONS);
  readonly #policies: PolicyState;
  /** What is wrong though the path itself may hold: told when that is certain. */
  readonly #findings: PathRefused[] = [];
  readonly #lists = new Set<RevocationList>();
  #maxPathLength: number;
  #validFrom: number;
  #validUntil: number;
  #isRevocationChecked: boolean;

  constructor(path: CandidatePath, { session, purpose, crlSigners }: Context) {
    const { certificates, anchor } = path;
    this.#path = path;
    this.#session = session;
    this.#purpose = purpose;
    this.#crlSigners = crlSigners;
    this.#policies = new PolicyState(session.options.policy, certificates.length);
    this.#maxPathLength = anchor.basicConstraints?.pathLength ?? certificates.length;
    if (anchor.nameConstraints !== undefined) this.#names.impose(anchor.nameConstraints);
    this.#validFrom = anchor.certificate.notBefore;
    this.#validUntil = anchor.certificate.notAfter;
    this.#isRevocationChecked = session.options.revocation !== 'off';
  }

  run(): PathVerdict {
    const { anchor, certificates } = this.#path;
    const key = this.#session.keyOf(anchor.certificate);
    if (key === undefined) return refused('malformed', UNREADABLE_KEY, anchor.certificate);
    const problem = this.#checkAnchor(anchor, key);
    if (problem !== undefined) return problem;
    let issuer: Issuer = { certificate: anchor, key };
    for (const certificate of certificates.toReversed()) {
      const next = this.#step(certificate, issuer, certificate === certificates[0]);
      if ('ok' in next) return next;
      issuer = next;
    }
    const verdict = this.#conclude(issuer.certificate);
    return verdict.ok ? (this.#firstFinding() ?? verdict) : verdict;
  }

  /** Goes on after a problem that leaves the questions of the path itself open. */
  #note(problem: PathRefused | undefined): void {
    if (problem !== undefined) this.#findings.push(problem);
  }

  #firstFinding(): PathRefused | undefined {
    const found = PATH_STAGES.map((stage) => this.#findings.find((one) => stageOf(one) === stage));
    const first = found.find((one) => one !== undefined);
    return first === undefined ? undefined : { ...first, path: this.#whole() };
  }

  #whole(): readonly Certificate[] {
    const { certificates, anchor } = this.#path;
    return [...certificates, anchor].map(({ certificate }) => certificate);
  }

  /** An anchor may vouch for others only where its certificate does not say that it is no CA. */
  #checkAnchor(anchor: Interpreted, key: KeyObject): PathRefused | undefined {
    const [target] = this.#path.certificates;
    const isItself = target?.certificate.fingerprint === anchor.certificate.fingerprint;
    const isRefused =
      anchor.basicConstraints?.ca === false ||
      (anchor.keyUsage !== undefined && !anchor.keyUsage.has('keyCertSign'));
    if (isRefused && !isItself) {
      return refused('not-a-ca', 'it is a trust anchor but not a CA', anchor.certificate);
    }
    this.#note(this.#checkValidity(anchor));
    this.#note(this.#checkKey(anchor, key));
    return undefined;
  }

  #step(certificate: Interpreted, issuer: Issuer, isFinal: boolean): Issuer | PathRefused {
    const key = this.#session.keyOf(certificate.certificate, issuer.key);
    if (key === undefined) return refused('malformed', UNREADABLE_KEY, certificate.certificate);
    const problem =
      this.#checkBasics(certificate, issuer, key) ??
      this.#checkNamesAndPolicies(certificate, isFinal) ??
      (isFinal ? undefined : this.#prepare(certificate));
    if (problem !== undefined) return problem;
    this.#note(this.#checkUse(certificate, isFinal));
    return this.#checkRevocation(certificate, issuer) ?? { certificate, key };
  }

  /** Section 6.1.3 a. */
  #checkBasics(one: Interpreted, issuer: Issuer, key: KeyObject): PathRefused | undefined {
    const verdict = this.#session.verify(one.certificate, issuer.key);
    if (verdict !== 'valid') {
      const reason = verdict === 'invalid' ? 'signature' : 'algorithm';
      return refused(reason, 'its signature does not verify', one.certificate);
    }
    if (one.unknownCritical !== undefined) {
      const message = `the critical extension ${showOid(one.unknownCritical)} is unknown`;
      return refused('critical-extension', message, one.certificate);
    }
    if (!this.#session.options.allowLegacy && !isPositive(one.certificate.serial)) {
      return refused('malformed', 'its serial number is not positive', one.certificate);
    }
    this.#note(this.#checkValidity(one));
    this.#note(this.#checkKey(one, key));
    return undefined;
  }

  #checkValidity({ certificate }: Interpreted): PathRefused | undefined {
    const { notBefore, notAfter } = certificate;
    const { time } = this.#session.options;
    this.#validFrom = Math.max(this.#validFrom, notBefore);
    this.#validUntil = Math.min(this.#validUntil, endOfSecond(notAfter));
    if (time < notBefore) {
      return refused('not-yet-valid', `it is valid only from ${iso(notBefore)}`, certificate);
    }
    if (time > endOfSecond(notAfter)) {
      return refused('expired', `it expired on ${iso(notAfter)}`, certificate);
    }
    return undefined;
  }

  #checkKey({ certificate }: Interpreted, key: KeyObject): PathRefused | undefined {
    const weakness = weaknessOf(key, this.#session.options);
    return weakness === undefined ? undefined : refused('weak-key', weakness, certificate);
  }

  /** Section 6.1.3 b to f. */
  #checkNamesAndPolicies(one: Interpreted, isFinal: boolean): PathRefused | undefined {
    const violation = one.isSelfIssued && !isFinal ? undefined : this.#names.check(one);
    if (violation !== undefined) {
      return refused(violation.reason, violation.message, one.certificate);
    }
    const mayGoOn = this.#policies.process(one, isFinal);
    return mayGoOn ? undefined : refused('policy', NO_POLICY, one.certificate);
  }

  /** Section 6.1.4: what makes a certificate an issuer. */
  #prepare(one: Interpreted): PathRefused | undefined {
    if (!this.#policies.prepare(one)) {
      return refused('policy', 'it maps anyPolicy, which nothing may', one.certificate);
    }
    if (one.nameConstraints !== undefined) this.#names.impose(one.nameConstraints);
    if (one.basicConstraints?.ca !== true) {
      return refused('not-a-ca', 'it issued a certificate but is not a CA', one.certificate);
    }
    if (!one.isSelfIssued && this.#maxPathLength-- <= 0) {
      return refused('path-length', 'an issuer above allows no further CA', one.certificate);
    }
    this.#maxPathLength = Math.min(
      this.#maxPathLength,
      one.basicConstraints.pathLength ?? this.#maxPathLength,
    );
    return undefined;
  }

  #checkUse(one: Interpreted, isFinal: boolean): PathRefused | undefined {
    const wanted = isFinal ? this.#purpose.keyUsage : (['keyCertSign'] as const);
    const missing = wanted.find((usage) => one.keyUsage?.has(usage) === false);
    if (missing !== undefined) {
      return refused('key-usage', `its key is not for ${missing}`, one.certificate);
    }
    return this.#checkExtendedKeyUsage(one);
  }

  #checkExtendedKeyUsage(one: Interpreted): PathRefused | undefined {
    if (servesPurpose(one, this.#purpose)) return undefined;
    const message = 'its extended key usage names other purposes only';
    return refused('extended-key-usage', message, one.certificate);
  }

  #checkRevocation(one: Interpreted, issuer: Issuer): PathRefused | undefined {
    const { revocation } = this.#session.options;
    // Who configured it as an anchor revokes it by taking it out.
    const isAnchor = one.certificate.fingerprint === this.#path.anchor.certificate.fingerprint;
    if (revocation === 'off' || isAnchor || this.#findings.length > 0) return undefined;
    const subject = { certificate: one, issuer, anchor: this.#path.anchor };
    const status = checkRevocation(subject, this.#session, this.#crlSigners);
    if (status.status === 'revoked') {
      return refused('revoked', `it was revoked (${status.reason})`, one.certificate);
    }
    this.#validUntil = Math.min(this.#validUntil, status.until);
    if (status.status === 'good') {
      this.#validFrom = Math.max(this.#validFrom, status.from);
      for (const list of status.lists) this.#lists.add(list);
      return undefined;
    }
    this.#isRevocationChecked = false;
    const isTolerated = revocation === 'if-published' && !status.isPublished;
    if (revocation === 'if-available' || isTolerated) return undefined;
    return refused(status.reason, status.message, one.certificate);
  }

  /** Section 6.1.5. */
  #conclude(target: Interpreted): PathVerdict {
    const policies = this.#policies.conclude(target);
    if (policies === undefined) return refused('policy', NO_POLICY, target.certificate);
    return {
      ok: true,
      path: this.#whole(),
      validFrom: this.#validFrom,
      validUntil: this.#validUntil,
      policies: [...policies].map((policy) => (policy === ANY_POLICY ? 'any' : showOid(policy))),
      revocationChecked: this.#isRevocationChecked,
      lists: [...this.#lists],
    };
  }
}

const UNREADABLE_KEY = 'its public key cannot be read';
const NO_POLICY = 'no acceptable certificate policy holds along the whole path';

function servesPurpose({ extendedKeyUsage }: Interpreted, purpose: Purpose): boolean {
  if (extendedKeyUsage === undefined || purpose.extendedKeyUsage === undefined) return true;
  return [...purpose.extendedKeyUsage, PURPOSE.any].some((usage) => extendedKeyUsage.has(usage));
}

function isPositive(serial: Uint8Array): boolean {
  return (serial[0] ?? 0) < 0x80 && serial.some((octet) => octet !== 0);
}

/** The second that notAfter names is still within the validity (RFC 5280, section 4.1.2.5). */
function endOfSecond(time: number): number {
  return time + 999;
}

function iso(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
