import { hash } from 'node:crypto';
import { Asn1Error, Asn1Reader, contentOf, encodingOf, readSingle } from '../asn1/reader.js';
import { contextTag, hexOf, oidOf, TAG, timeOf } from '../asn1/values.js';
import { sequence, tlv } from '../asn1/writer.js';
import type { Certificate } from '../x509/certificate.js';
import { DIGESTS } from './algorithms.js';
import { ATTRIBUTE, describeOid } from './oids.js';
import { EnvelopeRefused } from './refused.js';

/** Signed attributes, each known to be there once and in its place. */
export interface SignedAttributes {
  /** DER of the SET OF, as it was signed. */
  readonly encoded: Buffer;
  /** The DER of each attribute's one value, by object identifier. */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** What every signature of the profile must cover besides the content. */
export const REQUIRED_ATTRIBUTES = [
  ATTRIBUTE.contentType,
  ATTRIBUTE.messageDigest,
  ATTRIBUTE.signingTime,
  ATTRIBUTE.signingCertificateV2,
  ATTRIBUTE.algorithmProtection,
  ATTRIBUTE.header,
] as const;

/** What the signature of a receipt must cover, besides msgSigDigest, where no msg has made it. */
export const RECEIPT_ATTRIBUTES = [
  ATTRIBUTE.contentType,
  ATTRIBUTE.messageDigest,
  ATTRIBUTE.signingCertificateV2,
] as const;

const MAX_ATTRIBUTES = 32;

/**
 * Reads signed attributes, which must be DER: what was signed is the encoding itself (RFC 5652,
 * section 5.4), so it is neither decoded nor encoded again on the way to the signature.
 *
 * @param element the element under the implicit tag [0], whole.
 * @throws EnvelopeRefused `signed-attributes`.
 */
export function readSignedAttributes(
  element: Uint8Array,
  required: readonly string[],
): SignedAttributes {
  const encoded = Buffer.from(element);
  encoded[0] = TAG.set;
  const values = explained('the signed attributes', () => readValues(encoded));
  const attributes = { encoded, values };
  requireAttributes(attributes, required);
  return attributes;
}

/** @throws EnvelopeRefused `signed-attributes` naming the first that is missing. */
export function requireAttributes({ values }: SignedAttributes, required: readonly string[]): void {
  const missing = required.find((oid) => !values.has(oid));
  if (missing !== undefined) throw refused(`${describeOid(missing)} is missing`);
}

function readValues(encoded: Buffer): Map<string, Uint8Array> {
  const set = new Asn1Reader(encoded).into(readSingle(encoded, TAG.set));
  const values = new Map<string, Uint8Array>();
  let last: Uint8Array = Buffer.alloc(0);
  while (!set.done) {
    const element = set.take(TAG.sequence);
    const encoding = encodingOf(element);
    if (Buffer.compare(last, encoding) > 0) throw refused('they are not sorted');
    last = encoding;
    const attribute = set.into(element);
    const oid = oidOf(attribute.take());
    const value = attribute.enter(TAG.set);
    attribute.finish();
    if (values.has(oid)) throw refused(`${describeOid(oid)} stands there twice`);
    values.set(oid, encodingOf(value.take()));
    if (!value.done) throw refused(`${describeOid(oid)} has several values`);
    if (values.size > MAX_ATTRIBUTES) throw refused(`there are more than ${MAX_ATTRIBUTES}`);
  }
  return values;
}

/** The value of contentType (RFC 5652, section 11.1), as hexadecimal digits. */
export function contentTypeIn({ values }: SignedAttributes): string {
  return read(values, ATTRIBUTE.contentType, (value) => oidOf(value.take()));
}

/** The value of messageDigest (RFC 5652, section 11.2). */
export function messageDigestIn({ values }: SignedAttributes): Uint8Array {
  return read(values, ATTRIBUTE.messageDigest, (value) => contentOf(value.take(TAG.octetString)));
}

/** The value of signingTime (RFC 5652, section 11.3) in Unix milliseconds. */
export function signingTimeIn({ values }: SignedAttributes): number {
  return read(values, ATTRIBUTE.signingTime, (value) => timeOf(value.take()));
}

/** The bytes of the msg header's JSON. */
export function headerIn({ values }: SignedAttributes): Uint8Array {
  return read(values, ATTRIBUTE.header, (value) => contentOf(value.take(TAG.utf8String)));
}

/**
 * signingCertificateV2 (RFC 5035, section 3) must mean this certificate and no other, by its hash
 * and, where that is there, by issuer and serial number.
 *
 * @throws EnvelopeRefused `signed-attributes`.
 */
export function checkSigningCertificate(
  { values }: SignedAttributes,
  certificate: Certificate,
): void {
  read(values, ATTRIBUTE.signingCertificateV2, (value) => {
    const signingCertificate = value.enter(TAG.sequence);
    const certs = signingCertificate.enter(TAG.sequence);
    if (!signingCertificate.done) throw refused('signingCertificateV2 names policies');
    const cert = certs.enter(TAG.sequence);
    if (!certs.done) throw refused('signingCertificateV2 names several certificates');
    checkCertificateHash(cert, certificate);
    if (!cert.done) checkIssuerSerial(cert, certificate);
    cert.finish();
  });
}

/** ESSCertIDv2's hash, by SHA-256 unless it says otherwise. */
function checkCertificateHash(cert: Asn1Reader, certificate: Certificate): void {
  const algorithm = cert.takeOptional(TAG.sequence);
  const name = algorithm === undefined ? 'sha256' : DIGESTS.get(hexOf(encodingOf(algorithm)));
  if (name === undefined) throw refused('signingCertificateV2 uses an unsupported hash');
  const expected = name === 'sha256' ? certificate.fingerprint : hash(name, certificate.der, 'hex');
  if (hexOf(contentOf(cert.take(TAG.octetString))) !== expected) {
    throw refused('signingCertificateV2 names another certificate');
  }
}

/** IssuerSerial (RFC 5035, section 5) with one directoryName, the only form for certificates. */
function checkIssuerSerial(cert: Asn1Reader, certificate: Certificate): void {
  const directoryName = tlv(contextTag(4, 'constructed'), certificate.issuer);
  const expected = sequence(sequence(directoryName), tlv(TAG.integer, certificate.serial));
  if (!expected.equals(encodingOf(cert.take(TAG.sequence)))) {
    throw refused('signingCertificateV2 names another issuer or serial number');
  }
}

/**
 * cmsAlgorithmProtection (RFC 6211, section 2) must repeat the SignerInfo's algorithms, byte for byte.
 *
 * @throws EnvelopeRefused `signed-attributes`.
 */
export function checkAlgorithmProtection(
  { values }: SignedAttributes,
  digest: Uint8Array,
  signature: Uint8Array,
): void {
  read(values, ATTRIBUTE.algorithmProtection, (value) => {
    const protection = value.enter(TAG.sequence);
    const signedDigest = encodingOf(protection.take(TAG.sequence));
    const signedSignature = Buffer.from(encodingOf(protection.take(contextTag(1, 'constructed'))));
    protection.finish();
    signedSignature[0] = TAG.sequence;
    if (Buffer.compare(signedDigest, digest) !== 0 || !signedSignature.equals(signature)) {
      throw refused('cmsAlgorithmProtection names other algorithms than the signature uses');
    }
  });
}

/** Reads the one value of an attribute, the reader standing before it. */
function read<T>(
  values: ReadonlyMap<string, Uint8Array>,
  oid: string,
  readValue: (value: Asn1Reader) => T,
): T {
  const value = values.get(oid);
  if (value === undefined) throw refused(`${describeOid(oid)} is missing`);
  return explained(describeOid(oid), () => readValue(new Asn1Reader(value)));
}

function explained<T>(what: string, readIt: () => T): T {
  try {
    return readIt();
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new EnvelopeRefused('signed-attributes', `${what}: ${error.message}`, error);
  }
}

function refused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('signed-attributes', `the signed attributes are refused: ${message}`);
}
