import { hash } from 'node:crypto';
import type { SignatureHash } from '../domain/key-operations.js';
import type { Certificate } from '../x509/certificate.js';
import { looksLikeSignedAttributes } from './confusable.js';
import { ATTRIBUTE, describeOid } from './oids.js';
import { refersTo } from './recipient-read.js';
import { EnvelopeRefused } from './refused.js';
import { verifySignature } from './signature.js';
import {
  checkAlgorithmProtection,
  checkSigningCertificate,
  contentTypeIn,
  messageDigestIn,
  readSignedAttributes,
  REQUIRED_ATTRIBUTES,
  type SignedAttributes,
} from './signed-attributes-read.js';
import { readSignedData, type DetachedSignedData, type SignerInfo } from './signed-data-read.js';

/** Who made a signature, and what it covers besides the content. */
export interface VerifiedSigner {
  readonly signer: Certificate;
  readonly chain: readonly Certificate[];
  readonly attributes: SignedAttributes;
}

/** Content whose one signature was verified. Whose certificate made it must still be judged. */
export interface Verified extends VerifiedSigner {
  /** As hexadecimal digits; the signed attributes say the same. */
  readonly contentType: string;
  readonly content: Uint8Array;
  /** The content's digest by `hash`. */
  readonly contentDigest: Buffer;
  readonly hash: SignatureHash;
  readonly signature: Uint8Array;
}

/**
 * Reads a ContentInfo with SignedData and verifies its one signature and every statement of its signed
 * attributes.
 *
 * @param requiredFor the attributes that content of a type must have; by default all of a message.
 * @throws EnvelopeRefused with what is wrong.
 * @throws Asn1Error or CertificateError when it is not ASN.1 throughout.
 */
export function verifySignedData(
  encoded: Uint8Array,
  requiredFor: (contentType: string) => readonly string[] = () => REQUIRED_ATTRIBUTES,
): Verified {
  const signedData = readSignedData(encoded);
  const { contentType, content, signerInfo } = signedData;
  const verified = verifySigner(signedData, requiredFor(contentType));
  const contentDigest = checkContent(content, signerInfo, verified.attributes);
  const { digest, signature } = signerInfo;
  return { ...verified, contentType, content, contentDigest, hash: digest.hash, signature };
}

/**
 * Verifies the one signature and every statement of its signed attributes but the one about the
 * content's digest.
 *
 * @throws EnvelopeRefused with what is wrong.
 */
export function verifySigner(
  signedData: DetachedSignedData,
  required: readonly string[],
): VerifiedSigner {
  const { contentType, signerInfo, certificates } = signedData;
  const signer = findSigner(signedData);
  const attributes = readSignedAttributes(signerInfo.attributes, required);
  verifyOrRefuse(signerInfo, signer, attributes);
  checkContentType(attributes, contentType);
  checkSigningCertificate(attributes, signer);
  if (attributes.values.has(ATTRIBUTE.algorithmProtection)) {
    checkAlgorithmProtection(attributes, signerInfo.digest.encoded, signerInfo.encodedScheme);
  }
  return {
    signer,
    chain: certificates.filter((certificate) => certificate !== signer),
    attributes,
  };
}

/** The signer's certificate; beside it only issuers of the others may be enclosed. */
function findSigner({ certificates, signerInfo }: DetachedSignedData): Certificate {
  const [signer, ...others] = certificates.filter((certificate) =>
    refersTo(signerInfo.reference, certificate),
  );
  if (signer === undefined) throw signerRefused("the signer's certificate is not enclosed");
  if (others.length > 0) throw signerRefused('several certificates could be the signer');
  const isSuperfluous = (certificate: Certificate): boolean =>
    certificate !== signer && !certificates.some((other) => issued(certificate, other));
  if (certificates.some(isSuperfluous)) {
    throw signerRefused('a certificate is enclosed that issued none of the others');
  }
  return signer;
}

function issued(issuer: Certificate, certificate: Certificate): boolean {
  return issuer !== certificate && Buffer.compare(issuer.subject, certificate.issuer) === 0;
}

function verifyOrRefuse(
  { digest, scheme, signature }: SignerInfo,
  certificate: Certificate,
  { encoded }: SignedAttributes,
): void {
  const { hash } = digest;
  const isGenuine = verifySignature({ certificate, hash, scheme, data: encoded, signature });
  if (!isGenuine) throw new EnvelopeRefused('signature', 'the signature is wrong');
}

function checkContentType(attributes: SignedAttributes, contentType: string): void {
  const signed = contentTypeIn(attributes);
  if (signed === contentType) return;
  const message = `contentType is ${describeOid(signed)}, the content ${describeOid(contentType)}`;
  throw new EnvelopeRefused('signed-attributes', message);
}

function checkContent(
  content: Uint8Array,
  { digest }: SignerInfo,
  attributes: SignedAttributes,
): Buffer {
  const contentDigest = hash(digest.hash, content, 'buffer');
  if (!contentDigest.equals(messageDigestIn(attributes))) {
    throw new EnvelopeRefused('signature', 'the content is not the one that was signed');
  }
  if (looksLikeSignedAttributes(content)) {
    throw new EnvelopeRefused('content', 'the content could be mistaken for signed attributes');
  }
  return contentDigest;
}

function signerRefused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('signer-certificate', message);
}
