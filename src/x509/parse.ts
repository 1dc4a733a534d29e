import { createPublicKey, type KeyObject } from 'node:crypto';
import { Asn1Error, Asn1Reader, contentOf, encodingOf, readSingle } from '../asn1/reader.js';
import {
  contextTag,
  integerContent,
  smallInteger,
  TAG,
  timeOf,
  wholeBitString,
} from '../asn1/values.js';
import { fingerprintOf, type Fingerprint } from '../domain/fingerprint.js';
import {
  CertificateError,
  findExtension,
  type Certificate,
  type Extension,
} from './certificate.js';
import { readExtensions } from './extension-list.js';
import { EXTENSION } from './oids.js';
import { readPublicKeyInfo } from './public-key-info.js';

/** Certificates larger than this are refused, in bytes. */
export const MAX_CERTIFICATE_SIZE = 64 * 1024;

/**
 * Larger keys are not read, in bytes: none of any use has as many (RSA of 16,384 bits: 2,100), and what
 * node:crypto says of an exponent takes a time that grows with the square of its length.
 */
const MAX_KEY_SIZE = 8 * 1024;

/** RFC 5280, section 4.1.2.2. */
const MAX_SERIAL_LENGTH = 20;

/**
 * Reads one certificate in strict DER (RFC 5280, section 4.1), nothing before or after it. Only its
 * form is judged: trust in it is for path validation. The result keeps views of `der`, which must
 * not be changed afterwards.
 *
 * A serial number that is zero or negative is read (RFC 5280 asks for that); path validation refuses
 * it.
 *
 * @throws CertificateError with the reason, for whatever is not a certificate.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_SIZE) {
    throw new CertificateError(`not a certificate: ${der.length} bytes are too many`);
  }
  try {
    return new ParsedCertificate(der, readFields(der));
  } catch (error) {
    if (error instanceof Asn1Error) {
      throw new CertificateError(`not a certificate: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

type Fields = Omit<Certificate, 'der' | 'fingerprint' | 'publicKey'>;

class ParsedCertificate implements Certificate {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spki: Uint8Array;
  readonly keyKind: Certificate['keyKind'];
  readonly ecPoint: Uint8Array | undefined;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  #fingerprint: Fingerprint | undefined;
  #publicKey: KeyObject | undefined;

  constructor(der: Uint8Array, fields: Fields) {
    this.der = der;
    this.tbs = fields.tbs;
    this.serial = fields.serial;
    this.issuer = fields.issuer;
    this.subject = fields.subject;
    this.notBefore = fields.notBefore;
    this.notAfter = fields.notAfter;
    this.spki = fields.spki;
    this.keyKind = fields.keyKind;
    this.ecPoint = fields.ecPoint;
    this.signatureAlgorithm = fields.signatureAlgorithm;
    this.signature = fields.signature;
    this.extensions = fields.extensions;
    this.subjectKeyIdentifier = fields.subjectKeyIdentifier;
  }

  get fingerprint(): Fingerprint {
    return (this.#fingerprint ??= fingerprintOf(this.der));
  }

  get publicKey(): KeyObject {
    return (this.#publicKey ??= importPublicKey(this.spki));
  }
}

function importPublicKey(spki: Uint8Array): KeyObject {
  if (spki.length > MAX_KEY_SIZE) {
    throw new CertificateError(`the public key cannot be read: ${spki.length} bytes are too many`);
  }
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new CertificateError('the public key cannot be read', { cause });
  }
}

function readFields(der: Uint8Array): Fields {
  const certificate = new Asn1Reader(der).into(readSingle(der, TAG.sequence));
  const tbs = certificate.take(TAG.sequence);
  const signatureAlgorithm = encodingOf(certificate.take(TAG.sequence));
  const signature = wholeBitString(certificate.take(TAG.bitString));
  certificate.finish();
  const { innerAlgorithm, ...fields } = readSigned(certificate.into(tbs));
  if (!Buffer.from(innerAlgorithm).equals(signatureAlgorithm)) {
    throw new CertificateError('the signature algorithms inside and outside differ');
  }
  return { ...fields, tbs: encodingOf(tbs), signatureAlgorithm, signature };
}

type Signed = Omit<Fields, 'tbs' | 'signatureAlgorithm' | 'signature'> & {
  readonly innerAlgorithm: Uint8Array;
};

function readSigned(tbs: Asn1Reader): Signed {
  const version = readVersion(tbs);
  const serial = readSerial(tbs);
  const innerAlgorithm = encodingOf(tbs.take(TAG.sequence));
  const issuer = encodingOf(tbs.take(TAG.sequence));
  const validity = tbs.enter(TAG.sequence);
  const notBefore = timeOf(validity.take());
  const notAfter = timeOf(validity.take());
  validity.finish();
  const subject = encodingOf(tbs.take(TAG.sequence));
  const { spki, keyKind, ecPoint } = readPublicKeyInfo(tbs);
  const extensions = readTail(tbs, version);
  const subjectKeyIdentifier = readSubjectKeyIdentifier(extensions);
  return {
    innerAlgorithm,
    ...{ serial, issuer, subject, notBefore, notAfter },
    ...{ spki, keyKind, ecPoint, extensions, subjectKeyIdentifier },
  };
}

function readVersion(tbs: Asn1Reader): 1 | 2 | 3 {
  const tag = contextTag(0, 'constructed');
  if (tbs.peek() !== tag) return 1;
  const explicit = tbs.enter(tag);
  const version = smallInteger(explicit.take(TAG.integer));
  explicit.finish();
  if (version === 1) return 2;
  if (version === 2) return 3;
  throw new CertificateError(`unknown certificate version ${version + 1}`);
}

/** A leading zero octet, there for the sign only, does not count against the limit. */
function readSerial(tbs: Asn1Reader): Uint8Array {
  const serial = integerContent(tbs.take(TAG.integer));
  if (serial.length > MAX_SERIAL_LENGTH + (serial[0] === 0 ? 1 : 0)) {
    throw new CertificateError('a serial number of more than 20 octets');
  }
  return serial;
}

/** Unique identifiers (versions 2 and 3, skipped: RFC 5280 gives them no use) and extensions. */
function readTail(tbs: Asn1Reader, version: 1 | 2 | 3): readonly Extension[] {
  const hasUniqueIds = [1, 2]
    .map((number) => tbs.takeOptional(contextTag(number, 'primitive')))
    .some((element) => element !== undefined);
  if (hasUniqueIds && version === 1) throw new CertificateError('a unique identifier in version 1');
  const tag = contextTag(3, 'constructed');
  if (tbs.peek() !== tag) {
    tbs.finish();
    return [];
  }
  if (version !== 3) throw new CertificateError(`extensions in version ${version}`);
  const explicit = tbs.enter(tag);
  tbs.finish();
  const extensions = readExtensions(explicit);
  explicit.finish();
  return extensions;
}

function readSubjectKeyIdentifier(extensions: readonly Extension[]): Uint8Array | undefined {
  const extension = findExtension({ extensions }, EXTENSION.subjectKeyIdentifier);
  if (extension === undefined) return undefined;
  return contentOf(readSingle(extension.value, TAG.octetString));
}
