import { encodingOf, type Asn1Reader } from '../asn1/reader.js';
import { contextTag, hexOf, oidOf, smallInteger, TAG, takeOctets } from '../asn1/values.js';
import type { Certificate } from '../x509/certificate.js';
import { enterContentInfo } from './auth-enveloped-read.js';
import { certificateFrom } from './certificate-memory.js';
import { CONTENT_TYPE } from './oids.js';
import { readReference, type CertificateReference } from './recipient-read.js';
import { EnvelopeRefused } from './refused.js';
import { readDigest, readScheme, type Digest, type Scheme } from './signature.js';

/** A SignedData of the profile without its content, with nothing verified yet. */
export interface DetachedSignedData {
  /** As hexadecimal digits. */
  readonly contentType: string;
  /** Each once. */
  readonly certificates: readonly Certificate[];
  readonly signerInfo: SignerInfo;
}

/** A SignedData of the profile, with nothing verified yet. */
export interface SignedData extends DetachedSignedData {
  readonly content: Uint8Array;
}

/** The one SignerInfo (RFC 5652, section 5.3). */
export interface SignerInfo {
  readonly version: 1 | 3;
  readonly reference: CertificateReference;
  readonly digest: Digest;
  /** The element under the implicit tag [0], whole. */
  readonly attributes: Uint8Array;
  readonly scheme: Scheme;
  /** The signature's AlgorithmIdentifier as it came. */
  readonly encodedScheme: Uint8Array;
  readonly signature: Uint8Array;
}

/** One signer and the issuers between it and an anchor. */
const MAX_CERTIFICATES = 8;

/**
 * Reads a ContentInfo with SignedData (RFC 5652, section 5) to its last byte, its shell in BER if need
 * be.
 *
 * @throws EnvelopeRefused for whatever the profile does not have.
 * @throws Asn1Error or CertificateError when it is not ASN.1.
 */
export function readSignedData(encoded: Uint8Array): SignedData {
  return read(encoded, readAttached);
}

/**
 * As {@link readSignedData}, for one that has no content in it.
 *
 * @throws EnvelopeRefused for whatever the profile does not have.
 * @throws Asn1Error or CertificateError when it is not ASN.1.
 */
export function readDetachedSignedData(encoded: Uint8Array): DetachedSignedData {
  return read(encoded, readDetached);
}

/** @param readContent reads the EncapsulatedContentInfo (RFC 5652, section 5.2) to its end. */
function read<Content extends { readonly contentType: string }>(
  encoded: Uint8Array,
  readContent: (info: Asn1Reader) => Content,
): DetachedSignedData & Content {
  const signedData = enterContentInfo(encoded, CONTENT_TYPE.signedData);
  const version = smallInteger(signedData.take());
  const digests = signedData.enter(TAG.set);
  const content = readContent(signedData.enter(TAG.sequence));
  const certificates = readCertificates(signedData);
  if (signedData.peek() === contextTag(1, 'constructed')) throw refusedPart('crls');
  const signerInfos = signedData.enter(TAG.set);
  signedData.finish();
  const signerInfo = readOnlySigner(signerInfos);
  checkDigests(digests, signerInfo.digest);
  // RFC 5652, section 5.1: whatever is not plain data by issuer and serial number is version 3.
  const isPlain = content.contentType === CONTENT_TYPE.data && signerInfo.version === 1;
  if (version !== (isPlain ? 1 : 3)) throw refusedPart(`version ${version} of SignedData`);
  return { ...content, certificates, signerInfo };
}

function readAttached(info: Asn1Reader): Pick<SignedData, 'contentType' | 'content'> {
  const contentType = oidOf(info.take());
  if (info.done) throw new EnvelopeRefused('profile', 'the signed content is not enclosed');
  const explicit = info.enter(contextTag(0, 'constructed'));
  info.finish();
  const content = takeOctets(explicit);
  explicit.finish();
  return { contentType, content };
}

function readDetached(info: Asn1Reader): Pick<SignedData, 'contentType'> {
  const contentType = oidOf(info.take());
  if (!info.done) throw new EnvelopeRefused('profile', 'content is enclosed where none should be');
  return { contentType };
}

function readCertificates(signedData: Asn1Reader): readonly Certificate[] {
  const tag = contextTag(0, 'constructed');
  if (signedData.peek() !== tag) throw certificatesRefused('no certificate is enclosed');
  const set = signedData.enter(tag);
  const certificates: Certificate[] = [];
  while (!set.done) {
    if (certificates.length === MAX_CERTIFICATES) {
      throw certificatesRefused(`more than ${MAX_CERTIFICATES} certificates are enclosed`);
    }
    certificates.push(certificateFrom(encodingOf(set.take(TAG.sequence))));
  }
  if (new Set(certificates.map(({ fingerprint }) => fingerprint)).size !== certificates.length) {
    throw certificatesRefused('a certificate is enclosed twice');
  }
  return certificates;
}

function readOnlySigner(signerInfos: Asn1Reader): SignerInfo {
  if (signerInfos.peek() === undefined)
    throw new EnvelopeRefused('signers', 'nobody signed the message');
  const signerInfo = readSignerInfo(signerInfos.enter(TAG.sequence));
  if (!signerInfos.done) throw new EnvelopeRefused('signers', 'several signers');
  return signerInfo;
}

function readSignerInfo(info: Asn1Reader): SignerInfo {
  const found = smallInteger(info.take());
  const reference = readReference(info);
  const version = reference.by === 'serial' ? 1 : 3;
  if (found !== version) throw refusedPart(`version ${found} of this SignerInfo`);
  const digest = readDigest(info);
  const tag = contextTag(0, 'constructed');
  if (info.peek() !== tag) {
    throw new EnvelopeRefused('signed-attributes', 'the signature covers no signed attributes');
  }
  const attributes = encodingOf(info.take(tag));
  const { scheme, encoded: encodedScheme } = readScheme(info);
  const signature = takeOctets(info);
  if (info.peek() === contextTag(1, 'constructed')) throw refusedPart('unsignedAttrs');
  info.finish();
  return { version, reference, digest, attributes, scheme, encodedScheme, signature };
}

/** digestAlgorithms must list the signer's algorithm, and as the only one. */
function checkDigests(digests: Asn1Reader, used: Digest): void {
  const { encoded } = readDigest(digests);
  if (!digests.done || hexOf(encoded) !== hexOf(used.encoded)) {
    throw new EnvelopeRefused(
      'signature-algorithm',
      'other digests are listed than the signer used',
    );
  }
}

function refusedPart(part: string): EnvelopeRefused {
  return new EnvelopeRefused('profile', `not part of the message profile: ${part}`);
}

function certificatesRefused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('signer-certificate', message);
}
