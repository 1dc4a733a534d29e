import { contextTag, TAG } from '../asn1/values.js';
import { octetString, oid, sequence, setOf, time, tlv } from '../asn1/writer.js';
import type { Certificate } from '../x509/certificate.js';
import type { SignatureAlgorithms } from './algorithms.js';
import { ATTRIBUTE } from './oids.js';

/** What is signed besides the signer's own constants. */
export interface SignedFacts {
  /** DER of the content type's object identifier. */
  readonly contentType: Uint8Array;
  /** The content's digest. */
  readonly digest: Uint8Array;
  /** Unix milliseconds; whole seconds survive. */
  readonly signingTime: number;
  /** The header's JSON. */
  readonly header: string;
  /** DER of further attributes, such as a receipt request (RFC 2634, section 2.7). */
  readonly further: readonly Uint8Array[];
}

/** DER of one Attribute with one value (RFC 5652, section 5.3). */
export function writeAttribute(oidHex: string, value: Uint8Array): Buffer {
  return sequence(oid(oidHex), tlv(TAG.set, value));
}

/** Attributes that are the same in everything one certificate signs. */
export interface SignerAttributes {
  readonly signingCertificate: Buffer;
  readonly algorithmProtection: Buffer;
}

/**
 * signingCertificateV2 (RFC 5035, section 3; SHA-256 is its default, issuerSerial is left out) and
 * cmsAlgorithmProtection (RFC 6211, section 2).
 */
export function signerAttributes(
  certificate: Certificate,
  algorithms: SignatureAlgorithms,
): SignerAttributes {
  const certHash = octetString(Buffer.from(certificate.fingerprint, 'hex'));
  const protection = sequence(
    algorithms.digest,
    tlv(contextTag(1, 'constructed'), contentsOf(algorithms.signature)),
  );
  return {
    signingCertificate: writeAttribute(
      ATTRIBUTE.signingCertificateV2,
      sequence(sequence(sequence(certHash))),
    ),
    algorithmProtection: writeAttribute(ATTRIBUTE.algorithmProtection, protection),
  };
}

const OIDS = {
  contentType: oid(ATTRIBUTE.contentType),
  messageDigest: oid(ATTRIBUTE.messageDigest),
  signingTime: oid(ATTRIBUTE.signingTime),
  header: oid(ATTRIBUTE.header),
} as const;

/** DER of the SET OF attributes, as it is signed. */
export function writeSignedAttributes(facts: SignedFacts, signer: SignerAttributes): Buffer {
  const header = tlv(TAG.utf8String, Buffer.from(facts.header));
  return setOf([
    sequence(OIDS.contentType, tlv(TAG.set, facts.contentType)),
    sequence(OIDS.messageDigest, tlv(TAG.set, octetString(facts.digest))),
    sequence(OIDS.signingTime, tlv(TAG.set, time(facts.signingTime))),
    sequence(OIDS.header, tlv(TAG.set, header)),
    signer.signingCertificate,
    signer.algorithmProtection,
    ...facts.further,
  ]);
}

/** The contents of a short element: an AlgorithmIdentifier never needs more than one length octet. */
function contentsOf(algorithm: Buffer): Buffer {
  return algorithm.subarray(2);
}
