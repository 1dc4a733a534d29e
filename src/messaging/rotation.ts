import type { CertificateVersion, PeerRecord } from '../registry/port.js';

/** How much longer than news takes to reach everybody a replaced certificate counts, in milliseconds. */
export const SUPERSESSION_GRACE = 10 * 60_000;

/** When it is, and how long news of the directory takes to reach every peer; in milliseconds. */
export interface Rotation {
  readonly now: number;
  readonly settling: number;
}

/** Whether a version was published so long ago that every peer's address book has it. */
export function isSettled(
  { publishedAt }: CertificateVersion,
  { now, settling }: Rotation,
): boolean {
  return publishedAt + settling <= now;
}

/**
 * From when on signatures by a version are refused because another one has followed it, in Unix
 * milliseconds; undefined for the newest. Measured on the log's clock.
 */
export function supersededFrom(
  { certificates }: PeerRecord,
  { index }: CertificateVersion,
  settling: number,
): number | undefined {
  const next = certificates[index + 1];
  return next === undefined ? undefined : next.publishedAt + settling + SUPERSESSION_GRACE;
}

/**
 * The versions of one's own certificate that may sign now, in the order of preference: the newest
 * that everybody knows; before anything is known to everybody, what was published first. A version
 * that was revoked ends those before it, too: whoever revokes one does not go back to an older one.
 */
export function signingOrder(
  record: PeerRecord,
  rotation: Rotation,
): readonly CertificateVersion[] {
  const { certificates } = record;
  const revoked = certificates.findLastIndex((version) => version.revoked !== undefined);
  const accepted = certificates
    .slice(revoked + 1)
    .filter(
      (version) => rotation.now < (supersededFrom(record, version, rotation.settling) ?? Infinity),
    );
  const settled = accepted.filter((version) => isSettled(version, rotation));
  return [...settled.reverse(), ...accepted.filter((version) => !isSettled(version, rotation))];
}
