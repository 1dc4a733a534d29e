import { fingerprintOf } from '../domain/fingerprint.js';
import type { Patience } from '../domain/patience.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError, type ErrorCode } from '../errors.js';
import type { CertificateVersion, PeerRecord } from '../registry/port.js';
import { PATH_STAGES, type PathStage } from '../trust/verdict.js';
import type { Certificate } from '../x509/certificate.js';

/** The reader's checks in their order; the first that fails decides. */
export const PEER_CHECKS = ['status', 'version', 'pin', ...PATH_STAGES, 'name', 'proof'] as const;

/** A check that a certificate speaks for a peer has to pass. */
export type PeerCheck = (typeof PEER_CHECKS)[number];

/** What a path was judged by: to be kept where it has to be shown again years later. */
export interface ReliedOn {
  /** From the certificate up to, and including, the trust anchor. */
  readonly path: readonly Certificate[];
  /** DER of the revocation lists of the path's issuers. */
  readonly crls: readonly Uint8Array[];
}

/** What one check found, with the reason in a sentence. */
export interface CheckOutcome {
  readonly passed: boolean;
  readonly detail: string;
  /** Whether a check that failed may pass later without anything being changed by hand. */
  readonly transient?: true;
  /** Of revocation, the last question to a path, where it passed. */
  readonly reliedOn?: () => ReliedOn;
}

/** One check's outcome. */
export interface PeerStep extends CheckOutcome {
  readonly check: PeerCheck;
}

/** The outcome of one question to a path. */
export type PathStep = PeerStep & { readonly check: PathStage };

/** Whether a certificate speaks for a peer. `steps` ends with the check that failed, if one did. */
export type PeerVerdict = { readonly steps: readonly PeerStep[] } & (
  | {
      readonly trusted: true;
      readonly certificate: Certificate;
      readonly version: CertificateVersion;
    }
  | { readonly trusted: false; readonly failed: PeerStep }
);

/** What the trust and registry layers say about a certificate. */
export interface CertificateJudge {
  /** @throws MsgError for bytes that are no certificate. */
  parse(der: Uint8Array): Certificate;
  /**
   * RFC 5280 path to a configured anchor, valid at the time, not revoked by a CRL: all questions in
   * their order, or those up to the one that it fails. May wait a bounded time for a CRL to be fetched;
   * without one the outcome is transient.
   */
  path(input: {
    readonly certificate: Certificate;
    readonly chain: readonly Uint8Array[];
    readonly peer: PeerName;
    readonly at: number;
    /** `full` where absent. */
    readonly patience?: Patience;
    /** Has lists fetched that are not due yet. */
    readonly anew?: boolean;
  }): Promise<readonly PathStep[]>;
  /** Whether the certificate names the peer as the naming policy wants it. */
  name(certificate: Certificate, peer: PeerName): CheckOutcome;
  /** Whether the certificate's key signed the binding to name, owner account and version. */
  proof(certificate: Certificate, peer: PeerName, version: CertificateVersion): CheckOutcome;
}

/** Which version to judge, and as of when. */
export interface PeerQuestion {
  readonly record: PeerRecord;
  /** The version in question; the newest when absent. */
  readonly version?: CertificateVersion;
  /** The time that validity is judged at, in Unix milliseconds. */
  readonly at: number;
  /** How long to wait for a revocation list that has to be fetched; `full` where absent. */
  readonly patience?: Patience;
  /** Has revocation lists fetched that are not due yet. */
  readonly anew?: boolean;
}

/** Runs the reader's order (docs/registry.md) and stops at the first check that fails. */
export async function verifyPeer(
  question: PeerQuestion,
  judge: CertificateJudge,
): Promise<PeerVerdict> {
  const { record, at, patience, anew } = question;
  const version = question.version ?? record.certificates.at(-1);
  const steps: PeerStep[] = [];
  const pass = (check: PeerCheck, outcome: CheckOutcome): boolean => {
    steps.push({ check, ...outcome });
    return outcome.passed;
  };
  const refuse = (): PeerVerdict => ({
    trusted: false,
    steps,
    failed: steps[steps.length - 1] as PeerStep,
  });

  if (!pass('status', judgeStatus(record))) return refuse();
  if (!pass('version', judgeVersion(version)) || version === undefined) return refuse();
  const certificate = parseQuietly(version, judge);
  if (!pass('pin', judgePin(version, certificate)) || certificate === undefined) return refuse();
  const path = await judge.path({
    ...{ certificate, chain: version.chain, peer: record.name, at },
    ...(patience === undefined ? {} : { patience }),
    ...(anew === undefined ? {} : { anew }),
  });
  steps.push(...path);
  if (path.some(({ passed }) => !passed)) return refuse();
  if (!pass('name', judge.name(certificate, record.name))) return refuse();
  if (!pass('proof', judge.proof(certificate, record.name, version))) return refuse();
  return { trusted: true, steps, certificate, version };
}

/** Turns a refusal into the error that a command ends with: retryable where it is transient. */
export function peerRefused(peer: PeerName, step: PeerStep): MsgError {
  if (step.transient === true) {
    return new MsgError('revocation-unknown', `peer ${peer} cannot be judged now: ${step.detail}`, {
      hint: `try again later; see every check with "msg peer verify ${peer}"`,
    });
  }
  const codes: Readonly<Partial<Record<PeerCheck, ErrorCode>>> = {
    status: 'peer-inactive',
    version: 'peer-certificate',
  };
  const code = codes[step.check] ?? 'peer-untrusted';
  return new MsgError(code, `peer ${peer} is not trusted: ${step.detail}`, {
    hint: `see every check with "msg peer verify ${peer}"`,
  });
}

function judgeStatus(record: PeerRecord): CheckOutcome {
  return { passed: record.status === 'active', detail: `the directory says ${record.status}` };
}

function judgeVersion(version: CertificateVersion | undefined): CheckOutcome {
  if (version === undefined) return { passed: false, detail: 'no certificate was ever published' };
  const label = `certificate version ${version.index}`;
  return version.revoked === undefined
    ? { passed: true, detail: `${label} is not revoked` }
    : {
        passed: false,
        detail: `${label} was revoked on ${new Date(version.revoked.at).toISOString()}`,
      };
}

function judgePin(version: CertificateVersion, certificate: Certificate | undefined): CheckOutcome {
  if (certificate === undefined)
    return { passed: false, detail: 'what was published is no certificate' };
  return fingerprintOf(version.leaf) === version.fingerprint
    ? { passed: true, detail: `SHA-256 ${version.fingerprint}` }
    : {
        passed: false,
        detail: 'the published bytes do not have the fingerprint that the directory holds',
      };
}

function parseQuietly(
  version: CertificateVersion,
  judge: CertificateJudge,
): Certificate | undefined {
  try {
    return judge.parse(version.leaf);
  } catch {
    return undefined;
  }
}
