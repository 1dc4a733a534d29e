import { contentOf, encodingOf, type Asn1Reader } from '../asn1/reader.js';
import {
  contextTag,
  hexOf,
  oidOf,
  smallInteger,
  TAG,
  takeOctets,
  wholeBitString,
} from '../asn1/values.js';
import type { Certificate } from '../x509/certificate.js';
import { AGREEMENTS, CURVES, EPHEMERAL_KEYS, RSA_OAEPS, type CurveName } from './algorithms.js';
import { issuerAndSerial } from './certificate-facts.js';
import { WRAPPED_KEY_LENGTH } from './content-key.js';
import { describeOid } from './oids.js';
import { EnvelopeRefused } from './refused.js';

/** Whom a recipient info or a signer info means. */
export type CertificateReference =
  | { readonly by: 'key'; readonly keyIdentifier: Uint8Array }
  /** DER of IssuerAndSerialNumber. */
  | { readonly by: 'serial'; readonly issuerAndSerial: Uint8Array };

/** A RecipientInfo of the profile. */
export type RecipientInfo = {
  readonly recipient: CertificateReference;
  readonly encryptedKey: Uint8Array;
} & (
  | { readonly management: 'transport' }
  | {
      readonly management: 'agreement';
      readonly curve: CurveName;
      /** Uncompressed, of the length that the curve has; whether it lies on it is not known yet. */
      readonly ephemeralPoint: Uint8Array;
    }
);

const KEY_AGREEMENT = contextTag(1, 'constructed');

const OTHER_KINDS = new Map([
  [contextTag(2, 'constructed'), 'a key-encryption key'],
  [contextTag(3, 'constructed'), 'a password'],
  [contextTag(4, 'constructed'), 'another kind of recipient'],
]);

/** Whether the reference means this certificate. */
export function refersTo(reference: CertificateReference, certificate: Certificate): boolean {
  if (reference.by === 'serial') {
    return issuerAndSerial(certificate).equals(reference.issuerAndSerial);
  }
  const { subjectKeyIdentifier } = certificate;
  if (subjectKeyIdentifier === undefined) return false;
  return Buffer.compare(subjectKeyIdentifier, reference.keyIdentifier) === 0;
}

/**
 * Reads the next RecipientInfo (RFC 5652, section 6.2).
 *
 * @throws EnvelopeRefused `key-management` for whatever the profile does not have.
 */
export function readRecipientInfo(infos: Asn1Reader): RecipientInfo {
  const tag = infos.peek() ?? 0;
  if (tag === TAG.sequence) return readKeyTransport(infos.enter(tag));
  if (tag === KEY_AGREEMENT) return readKeyAgreement(infos.enter(tag));
  const kind = OTHER_KINDS.get(tag);
  if (kind !== undefined) throw refused(`recipients by ${kind} are not supported`);
  infos.take(TAG.sequence);
  throw refused('an unknown kind of recipient');
}

function readKeyTransport(info: Asn1Reader): RecipientInfo {
  const version = smallInteger(info.take());
  const recipient = readReference(info);
  if (version !== (recipient.by === 'key' ? 2 : 0)) throw unknownVersion(version);
  const algorithm = info.take(TAG.sequence);
  if (!RSA_OAEPS.has(hexOf(encodingOf(algorithm)))) {
    const name = describeOid(oidOf(info.into(algorithm).take()));
    throw refused(
      name === 'rsaesOaep'
        ? 'unsupported key transport rsaesOaep with other parameters than SHA-256 and MGF1-SHA-256'
        : `unsupported key transport ${name}`,
    );
  }
  const encryptedKey = takeOctets(info);
  info.finish();
  return { management: 'transport', recipient, encryptedKey };
}

function readKeyAgreement(info: Asn1Reader): RecipientInfo {
  const version = smallInteger(info.take());
  if (version !== 3) throw unknownVersion(version);
  const originator = info.enter(contextTag(0, 'constructed'));
  if (originator.peek() !== contextTag(1, 'constructed')) {
    throw refused('key agreement without an ephemeral key');
  }
  const ephemeral = readEphemeralKey(originator.enter(contextTag(1, 'constructed')));
  originator.finish();
  if (info.peek() === contextTag(1, 'constructed')) {
    throw refused('user keying material is not supported');
  }
  const curve = readAgreement(info);
  checkPoint(ephemeral, curve);
  const encryptedKeys = info.enter(TAG.sequence);
  info.finish();
  const { recipient, encryptedKey } = readEncryptedKey(encryptedKeys.enter(TAG.sequence));
  if (!encryptedKeys.done) throw refused('several recipients share one ephemeral key');
  const ephemeralPoint = ephemeral.point;
  return { management: 'agreement', curve, ephemeralPoint, recipient, encryptedKey };
}

interface EphemeralKey {
  readonly curves: readonly CurveName[];
  readonly point: Uint8Array;
}

/** OriginatorPublicKey (RFC 5753, section 3.1.1). */
function readEphemeralKey(key: Asn1Reader): EphemeralKey {
  const algorithm = encodingOf(key.take(TAG.sequence));
  const curves = EPHEMERAL_KEYS.get(hexOf(algorithm));
  if (curves === undefined) throw refused('an ephemeral key of another type than EC');
  const point = wholeBitString(key.take());
  key.finish();
  return { curves, point };
}

function readAgreement(info: Asn1Reader): CurveName {
  const algorithm = info.take(TAG.sequence);
  const curve = AGREEMENTS.get(hexOf(encodingOf(algorithm)));
  if (curve !== undefined) return curve;
  const fields = info.into(algorithm);
  const agreement = describeOid(oidOf(fields.take()));
  const wrap = fields.done ? 'no key wrap' : describeOid(oidOf(fields.enter(TAG.sequence).take()));
  throw refused(`unsupported key agreement ${agreement} with ${wrap}`);
}

/**
 * createECDH would take compressed and hybrid points as well, and so give one message several
 * encodings (SEC 1, section 2.3.3).
 */
function checkPoint({ curves, point }: EphemeralKey, curve: CurveName): void {
  if (!curves.includes(curve)) throw refused('an ephemeral key on another curve than its KDF has');
  if (point.length !== CURVES[curve].pointLength || point[0] !== 0x04) {
    throw refused('an ephemeral key that is not an uncompressed point of its curve');
  }
}

/** RecipientEncryptedKey (RFC 5652, section 6.2.2). */
function readEncryptedKey(reader: Asn1Reader): Pick<RecipientInfo, 'recipient' | 'encryptedKey'> {
  const tag = contextTag(0, 'constructed');
  const recipient =
    reader.peek() === tag ? readKeyIdentifier(reader.enter(tag)) : readIssuerAndSerial(reader);
  const encryptedKey = takeOctets(reader);
  reader.finish();
  if (encryptedKey.length !== WRAPPED_KEY_LENGTH) {
    throw refused(`a wrapped key of ${encryptedKey.length} bytes`);
  }
  return { recipient, encryptedKey };
}

/** RecipientKeyIdentifier; its date and other attributes are for keys the profile does not have. */
function readKeyIdentifier(reader: Asn1Reader): CertificateReference {
  const keyIdentifier = takeOctets(reader);
  reader.finish();
  return { by: 'key', keyIdentifier };
}

/** SignerIdentifier and RecipientIdentifier: IssuerAndSerialNumber, or [0] subjectKeyIdentifier. */
export function readReference(reader: Asn1Reader): CertificateReference {
  const tag = contextTag(0, 'primitive');
  if (reader.peek() === tag) return { by: 'key', keyIdentifier: contentOf(reader.take(tag)) };
  return readIssuerAndSerial(reader);
}

function readIssuerAndSerial(reader: Asn1Reader): CertificateReference {
  const element = reader.take(TAG.sequence);
  const fields = reader.into(element);
  fields.take(TAG.sequence);
  fields.take(TAG.integer);
  fields.finish();
  return { by: 'serial', issuerAndSerial: encodingOf(element) };
}

function unknownVersion(version: number): EnvelopeRefused {
  return refused(`an unknown version ${version} of a recipient info`);
}

function refused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('key-management', message);
}
