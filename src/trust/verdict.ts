import type { Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { showDistinguishedName } from '../x509/distinguished-name.js';

/**
 * Why a certificate is not trusted. Stable: part of the `--json` contract.
 *
 * - `malformed`: breaks RFC 5280's rules for certificates
 * - `no-issuer`: no path to a trust anchor
 * - `signature`: the issuer's key did not make the signature
 * - `algorithm`: a signature algorithm that is unknown or not allowed
 * - `weak-key`: a key below the required strength
 * - `not-yet-valid`, `expired`: outside the validity period
 * - `not-a-ca`, `path-length`: an issuer that may not issue
 * - `key-usage`, `extended-key-usage`: a key that is meant for something else
 * - `name-constraints`: a name that an issuer may not certify
 * - `policy`: no acceptable certificate policy
 * - `critical-extension`: a critical extension that msg does not know
 * - `revoked`: a revocation list says so
 * - `revocation-unknown`, `revocation-stale`: no list at hand covers it, or none that is still current
 * - `too-complex`: more candidates, signatures or names than an honest path needs
 */
export type PathReason =
  | 'malformed'
  | 'no-issuer'
  | 'signature'
  | 'algorithm'
  | 'weak-key'
  | 'not-yet-valid'
  | 'expired'
  | 'not-a-ca'
  | 'path-length'
  | 'key-usage'
  | 'extended-key-usage'
  | 'name-constraints'
  | 'policy'
  | 'critical-extension'
  | 'revoked'
  | 'revocation-unknown'
  | 'revocation-stale'
  | 'too-complex';

/** What a path is asked, in this order: each only of paths that pass what stands before it. */
export const PATH_STAGES = ['path', 'validity', 'key', 'use', 'revocation'] as const;

/**
 * One question to a path.
 *
 * - `path`: signatures up to an anchor, by issuers that may issue this (RFC 5280, section 6.1)
 * - `validity`: every certificate is valid at the time in question
 * - `key`: every key is strong enough
 * - `use`: keys and certificates are meant for what they are used for
 * - `revocation`: no list revokes any of them
 */
export type PathStage = (typeof PATH_STAGES)[number];

const STAGES: Readonly<Partial<Record<PathReason, PathStage>>> = {
  'not-yet-valid': 'validity',
  expired: 'validity',
  'weak-key': 'key',
  'key-usage': 'use',
  'extended-key-usage': 'use',
  revoked: 'revocation',
  'revocation-unknown': 'revocation',
  'revocation-stale': 'revocation',
};

/** Which question a refusal answers. The path it is about has passed those before. */
export function stageOf({ reason }: Pick<PathRefused, 'reason'>): PathStage {
  return STAGES[reason] ?? 'path';
}

/** A path that was found and holds. */
export interface PathAccepted {
  readonly ok: true;
  /** From the certificate in question up to, and including, the trust anchor. */
  readonly path: readonly Certificate[];
  /** The verdict holds from here on, in Unix milliseconds. */
  readonly validFrom: number;
  /**
   * The verdict holds through here, in Unix milliseconds: the first moment at which a certificate of
   * the path expires or a revocation list that was relied on is due for replacement.
   */
  readonly validUntil: number;
  /**
   * The policies under which the path holds (user-constrained-policy-set, RFC 9618, section 5.6):
   * dotted object identifiers; `any` stands for anyPolicy.
   */
  readonly policies: readonly string[];
  /** Whether revocation lists vouch for every certificate of the path. */
  readonly revocationChecked: boolean;
  /** The lists that vouch for them. */
  readonly lists: readonly RevocationList[];
}

/** A certificate that is not trusted. */
export interface PathRefused {
  readonly ok: false;
  readonly reason: PathReason;
  /** One sentence for people: lower case, no full stop, without the certificate's name. */
  readonly message: string;
  /** The certificate of the path that the reason is about. */
  readonly certificate: Certificate;
  /** From the certificate in question to the anchor, where there is a path: what is wrong is another thing. */
  readonly path?: readonly Certificate[];
}

/** What path validation says about a certificate. */
export type PathVerdict = PathAccepted | PathRefused;

/** A refusal. */
export function refused(
  reason: PathReason,
  message: string,
  certificate: Certificate,
): PathRefused {
  return { ok: false, reason, message, certificate };
}

/** A refusal for people: which certificate of the path, and what is wrong with it. */
export function explainRefusal({ certificate, message }: PathRefused): string {
  return `${nameOf(certificate)}: ${message}`;
}

/** A certificate's subject for people, cut to what fits into a sentence. */
export function nameOf(certificate: Certificate): string {
  const subject = showDistinguishedName(certificate.subject);
  if (subject !== '') return subject.slice(0, 120);
  return `certificate ${certificate.fingerprint.slice(0, 16)}`;
}
