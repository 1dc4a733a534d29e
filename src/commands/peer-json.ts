import { Asn1Error } from '../asn1/reader.js';
import { describeCertificate } from '../identity/describe.js';
import { inboxOf } from '../messaging/recipients.js';
import type { PeerStep, PeerVerdict } from '../messaging/verify-peer.js';
import type { CertificateVersion, PeerRecord, ScheduledChange } from '../registry/port.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import { CRL_REASONS } from '../x509/crl.js';
import { parseCertificate } from '../x509/parse.js';

/** A peer's whole record as JSON: a part of the `--json` contract. Nothing of it is trusted text. */
export function describePeer(record: PeerRecord, verdict: PeerVerdict | undefined): object {
  const { name, status, owner, operator, guardian, profile, seq, block } = record;
  return {
    ...{ name, status, ...describeVerdict(verdict), owner, operator, guardian },
    ...{ inbox: inboxOf(record), pending: describePending(record) },
    profile: Object.keys(profile).length === 0 ? undefined : profile,
    ...{ seq: Number(seq), block: Number(block) },
    certificates: record.certificates.map(describeVersion),
  };
}

/** Whether readers trust the newest version, and if not why; nothing where nobody can judge. */
export function describeVerdict(verdict: PeerVerdict | undefined): object {
  if (verdict === undefined) return {};
  if (verdict.trusted) return { trusted: true };
  return { trusted: false, failed: verdict.failed.check, reason: verdict.failed.detail };
}

/** One published version as JSON. */
export function describeVersion(version: CertificateVersion): object {
  const { index, fingerprint, owner, publishedAt, revoked } = version;
  const certificate = readVersion(version);
  return {
    ...{ index, fingerprint, publishedAt: isoTime(publishedAt), owner },
    revoked: revoked === undefined ? undefined : describeRevocation(revoked),
    certificate: certificate === undefined ? 'unreadable' : describeQuietly(certificate),
  };
}

/** The certificate that was published; undefined for bytes that are none. */
export function readVersion({ leaf }: CertificateVersion): Certificate | undefined {
  return quietly(() => parseCertificate(leaf));
}

/** Unix milliseconds as ISO 8601. */
export function isoTime(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString();
}

/** The failing check in a few words: `path: the certificate has expired`. */
export function reasonOf({ check, detail }: PeerStep): string {
  return `${check}: ${detail}`;
}

function describeRevocation({ reason, at }: NonNullable<CertificateVersion['revoked']>): object {
  return { reason: CRL_REASONS[reason] ?? String(reason), at: isoTime(at) };
}

function describePending({ pending }: PeerRecord): object | undefined {
  const { offeredOwner, guardian, recovery } = pending;
  if (offeredOwner === undefined && guardian === undefined && recovery === undefined) {
    return undefined;
  }
  return {
    offeredOwner,
    guardian: guardian && describeChange(guardian),
    recovery: recovery && describeChange(recovery),
  };
}

function describeChange({ account, readyAt }: ScheduledChange): object {
  return { account: account ?? 'nobody', readyAt: isoTime(readyAt) };
}

function describeQuietly(certificate: Certificate): object | 'unreadable' {
  return quietly(() => describeCertificate(certificate)) ?? 'unreadable';
}

/** What peers publish may be any bytes; that is nobody else's failure. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CertificateError || error instanceof Asn1Error) return undefined;
    throw error;
  }
}
