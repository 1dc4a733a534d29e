import { Asn1Error, Asn1Reader, encodingOf, readSingle, type Element } from '../asn1/reader.js';
import {
  contextTag,
  integerContent,
  smallInteger,
  TAG,
  timeOf,
  wholeBitString,
} from '../asn1/values.js';
import { CertificateError, findExtension, type Extension } from './certificate.js';
import { readExtensions } from './extension-list.js';
import { readGeneralNames } from './general-name.js';
import { readName } from './name.js';
import { EXTENSION } from './oids.js';

/** Revocation lists larger than this are refused, in bytes. */
export const MAX_CRL_SIZE = 16 * 1024 * 1024;

/** Why a certificate was revoked (RFC 5280, section 5.3.1). */
export const CRL_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unused',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

/** One reason of revocation. */
export type CrlReason = (typeof CRL_REASONS)[number];

/** Reasons that a revocation for good can have: no holds, and not the unused one. */
export const FINAL_REASONS = CRL_REASONS.filter(
  (reason) => !['certificateHold', 'unused', 'removeFromCRL'].includes(reason),
);

/** One revoked certificate (RFC 5280, section 5.1.2.6). */
export interface RevokedEntry {
  /** Unix milliseconds. */
  readonly revokedAt: number;
  readonly reason: CrlReason;
  /** The Name of the certificate's issuer where the list is indirect and names one (section 5.3.3). */
  readonly issuer: Uint8Array | undefined;
  /** Whether the entry has a critical extension that msg does not know. */
  readonly hasUnknownCritical: boolean;
}

/** A certificate revocation list (RFC 5280, section 5.1). */
export interface RevocationList {
  readonly der: Uint8Array;
  /** The signed part, with tag and length. */
  readonly tbs: Uint8Array;
  /** Name, with tag and length; well-formed. */
  readonly issuer: Uint8Array;
  /** Unix milliseconds. */
  readonly thisUpdate: number;
  /** Unix milliseconds; absent in lists that RFC 5280 does not allow and X.509 does. */
  readonly nextUpdate: number | undefined;
  /** The entries by the serial number's contents in hexadecimal; one in an ordinary list. */
  readonly revoked: ReadonlyMap<string, readonly RevokedEntry[]>;
  /** Whether any entry has a critical extension that msg does not know (section 5.3). */
  readonly hasUnknownCriticalEntry: boolean;
  readonly extensions: readonly Extension[];
  /** With tag and length; equal to the one inside `tbs`. */
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Reads a revocation list in strict DER. Only its form is judged.
 *
 * @throws CertificateError with the reason, for whatever is not a revocation list.
 */
export function parseCrl(der: Uint8Array): RevocationList {
  if (der.length > MAX_CRL_SIZE) {
    throw new CertificateError(`not a revocation list: ${der.length} bytes are too many`);
  }
  try {
    return readList(der);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new CertificateError(`not a revocation list: ${error.message}`, { cause: error });
  }
}

function readList(der: Uint8Array): RevocationList {
  const list = new Asn1Reader(der).into(readSingle(der, TAG.sequence));
  const tbs = list.take(TAG.sequence);
  const signatureAlgorithm = encodingOf(list.take(TAG.sequence));
  const signature = wholeBitString(list.take(TAG.bitString));
  list.finish();
  const { innerAlgorithm, ...signed } = readSigned(list.into(tbs));
  if (!Buffer.from(innerAlgorithm).equals(signatureAlgorithm)) {
    throw new CertificateError('the signature algorithms inside and outside differ');
  }
  return { der, tbs: encodingOf(tbs), ...signed, signatureAlgorithm, signature };
}

type Signed = Omit<RevocationList, 'der' | 'tbs' | 'signatureAlgorithm' | 'signature'> & {
  readonly innerAlgorithm: Uint8Array;
};

function readSigned(tbs: Asn1Reader): Signed {
  const version = tbs.takeOptional(TAG.integer);
  if (version !== undefined && smallInteger(version) !== 1) {
    throw new CertificateError('an unknown version of revocation list');
  }
  const innerAlgorithm = encodingOf(tbs.take(TAG.sequence));
  const issuer = encodingOf(tbs.take(TAG.sequence));
  readName(issuer);
  const thisUpdate = timeOf(tbs.take());
  const nextUpdate = isTime(tbs.peek()) ? timeOf(tbs.take()) : undefined;
  const entries = tbs.takeOptional(TAG.sequence);
  const tag = contextTag(0, 'constructed');
  const explicit = tbs.peek() === tag ? tbs.enter(tag) : undefined;
  const extensions = explicit === undefined ? [] : readExtensions(explicit);
  explicit?.finish();
  tbs.finish();
  if (version === undefined && extensions.length > 0) {
    throw new CertificateError('extensions in a version 1 revocation list');
  }
  const revoked = entries === undefined ? NOTHING_REVOKED : readEntries(tbs.into(entries));
  return { innerAlgorithm, issuer, thisUpdate, nextUpdate, ...revoked, extensions };
}

function isTime(tag: number | undefined): boolean {
  return tag === TAG.utcTime || tag === TAG.generalizedTime;
}

type Revoked = Pick<RevocationList, 'revoked' | 'hasUnknownCriticalEntry'>;

const NOTHING_REVOKED: Revoked = { revoked: new Map(), hasUnknownCriticalEntry: false };

function readEntries(reader: Asn1Reader): Revoked {
  const revoked = new Map<string, RevokedEntry[]>();
  let issuer: Uint8Array | undefined;
  let hasUnknownCriticalEntry = false;
  while (!reader.done) {
    const { serial, ...entry } = readEntry(reader.enter(TAG.sequence), issuer);
    const others = revoked.get(serial);
    if (others === undefined) revoked.set(serial, [entry]);
    else others.push(entry);
    issuer = entry.issuer;
    hasUnknownCriticalEntry ||= entry.hasUnknownCritical;
  }
  return { revoked, hasUnknownCriticalEntry };
}

/** An entry without certificateIssuer has the issuer of the entry before it (section 5.3.3). */
function readEntry(
  reader: Asn1Reader,
  issuerBefore: Uint8Array | undefined,
): RevokedEntry & { readonly serial: string } {
  const serial = serialKey(integerContent(reader.take(TAG.integer)));
  const revokedAt = timeOf(reader.take());
  const extensions = reader.done ? [] : readExtensions(reader);
  reader.finish();
  const reason = findExtension({ extensions }, EXTENSION.reasonCode);
  const issuer = findExtension({ extensions }, EXTENSION.certificateIssuer);
  return {
    serial,
    revokedAt,
    reason: reason === undefined ? 'unspecified' : readReason(reason.value),
    issuer: issuer === undefined ? issuerBefore : readCertificateIssuer(issuer.value),
    hasUnknownCritical: extensions.some(
      (extension) => extension.critical && !ENTRY_EXTENSIONS.has(extension.oid),
    ),
  };
}

const ENTRY_EXTENSIONS = new Set<string>([
  EXTENSION.reasonCode,
  EXTENSION.invalidityDate,
  EXTENSION.certificateIssuer,
]);

/** The key of {@link RevocationList.revoked}: a serial number's contents in hexadecimal. */
export function serialKey(serial: Uint8Array): string {
  return Buffer.from(serial.buffer, serial.byteOffset, serial.length).toString('hex');
}

function readReason(value: Uint8Array): CrlReason {
  const element: Element = { ...readSingle(value, TAG.enumerated), tag: TAG.integer };
  const code = smallInteger(element);
  const reason = CRL_REASONS[code];
  if (reason === undefined) throw new CertificateError(`unknown revocation reason ${code}`);
  return reason;
}

function readCertificateIssuer(value: Uint8Array): Uint8Array {
  const names = readGeneralNames(new Asn1Reader(value).into(readSingle(value, TAG.sequence)));
  const directory = names.find((name) => name.type === 'directory');
  if (directory === undefined) throw new CertificateError('a certificate issuer without a name');
  return directory.value;
}

/** Reads cRLNumber or deltaCRLIndicator (sections 5.2.3 and 5.2.4). */
export function readCrlNumber(value: Uint8Array): bigint {
  const content = integerContent(readSingle(value, TAG.integer));
  if (content.length > 21 || (content[0] ?? 0) > 0x7f) throw new Asn1Error('an absurd CRL number');
  return BigInt(`0x${Buffer.from(content).toString('hex')}`);
}
