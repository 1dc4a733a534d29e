import { CertificateError, type Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { indexCrls, type CrlIndex } from './crl-scope.js';
import { interpret, type Interpreted } from './interpret.js';
import { messagePurpose, type Purpose, type RevocationMode } from './options.js';
import { buildPaths, DeadEnds } from './path-building.js';
import { processPath } from './path-processing.js';
import type { PolicyOptions } from './policy-state.js';
import type { CrlSigners } from './revocation.js';
import { BudgetExceeded, Session } from './session.js';
import { refused, type PathAccepted, type PathRefused, type PathVerdict } from './verdict.js';

/** A certificate to judge, and what to judge it by. */
export interface PathRequest {
  readonly certificate: Certificate;
  /** Other certificates that may lead to an anchor or sign revocation lists; nothing is trusted. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** Revocation lists as parsed, or put in order once by `indexCrls` for many validations. */
  readonly crls: readonly RevocationList[] | CrlIndex;
  /** The moment to judge for, in Unix milliseconds. */
  readonly time: number;
  /** `messagePurpose` of the certificate where absent. */
  readonly purpose?: Purpose;
  readonly revocation: RevocationMode;
  /** The least bits of an RSA key, leaf and issuers alike; 2048 where absent. */
  readonly minimumRsaBits?: number;
  /** Accepts SHA-1, DSA, RSA from 1024 bits on, serial numbers that are not positive. */
  readonly allowLegacy?: boolean;
  readonly policy?: PolicyOptions;
  /** How many certificates a path may have below its anchor; 8 where absent. */
  readonly maxPathLength?: number;
}

/**
 * Whether a certificate leads to a trust anchor, by all of RFC 5280, section 6, with the policy graph
 * of RFC 9618.
 *
 * Never throws for what certificates and revocation lists contain: that is a refusal with a reason.
 * Work is bounded (signatures, paths, name comparisons), so hostile input is refused quickly as
 * `too-complex`.
 */
export function validatePath(request: PathRequest): PathVerdict {
  const { certificate } = request;
  const session = sessionFor(request);
  try {
    const target = interpret(certificate);
    if (target instanceof CertificateError)
      return refused('malformed', target.message, certificate);
    const purpose = request.purpose ?? messagePurpose(certificate);
    return new PathSearch(session).find(target, { purpose });
  } catch (error) {
    if (error instanceof BudgetExceeded) return refused('too-complex', error.message, certificate);
    if (error instanceof CertificateError) return refused('malformed', error.message, certificate);
    throw error;
  }
}

function sessionFor(request: PathRequest): Session {
  const { crls } = request;
  const options = {
    time: request.time,
    revocation: request.revocation,
    crls: 'length' in crls ? indexCrls(crls) : crls,
    minimumRsaBits: request.minimumRsaBits ?? 2048,
    allowLegacy: request.allowLegacy ?? false,
    policy: request.policy ?? {},
    maxPathLength: request.maxPathLength ?? 8,
  };
  return new Session(options, request.anchors, request.intermediates);
}

interface Target {
  readonly purpose: Purpose;
  /** Where it is given, only paths to this anchor count. */
  readonly anchor?: Interpreted;
}

/** Searches and judges paths, for the certificate in question and for signers of revocation lists. */
class PathSearch {
  readonly #session: Session;
  /** Signers whose own validation is under way: they cannot vouch for themselves. */
  readonly #underWay = new Set<Interpreted>();
  readonly #trusted = new Map<Interpreted, PathAccepted>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** The first path that holds, or what is wrong with the most promising one. */
  find(target: Interpreted, { purpose, anchor }: Target): PathVerdict {
    const context = { session: this.#session, purpose, crlSigners: this.#crlSigner };
    const deadEnds = new DeadEnds();
    let refusal: PathRefused | undefined;
    for (const path of buildPaths(target, this.#session, deadEnds)) {
      if (anchor !== undefined && path.anchor !== anchor) continue;
      const verdict = processPath(path, context);
      if (verdict.ok) return verdict;
      refusal ??= verdict;
    }
    return (
      refusal ??
      deadEnds.refusal ??
      refused('no-issuer', 'no path leads to a trust anchor', target.certificate)
    );
  }

  /** RFC 5280, section 6.3.3 f: the same anchor as the path whose revocation is asked for. */
  readonly #crlSigner: CrlSigners = (candidate, anchor) => {
    const known = this.#trusted.get(candidate);
    if (known?.path.at(-1) === anchor.certificate) return known.validUntil;
    if (this.#underWay.has(candidate)) return undefined;
    this.#underWay.add(candidate);
    const verdict = this.find(candidate, { purpose: { keyUsage: ['cRLSign'] }, anchor });
    this.#underWay.delete(candidate);
    if (!verdict.ok) return undefined;
    this.#trusted.set(candidate, verdict);
    return verdict.validUntil;
  };
}
