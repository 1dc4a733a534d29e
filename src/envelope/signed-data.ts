import { hash } from 'node:crypto';
import { contextTag, TAG } from '../asn1/values.js';
import { integer, nest, octetString, oid, sequence, setOf, tlv } from '../asn1/writer.js';
import { MsgError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';
import { OID, SIGNS_WITH, type SignatureAlgorithms } from './algorithms.js';
import { issuerAndSerial, rsaBits } from './certificate-facts.js';
import { CONTENT_TYPE } from './oids.js';
import {
  signerAttributes,
  writeSignedAttributes,
  type SignerAttributes,
} from './signed-attributes.js';
import type { OwnKey } from './types.js';

/** What to sign. */
export interface SignInput {
  /** The content type's object identifier, as hexadecimal digits. */
  readonly contentType: string;
  readonly content: Uint8Array;
  /** The header's JSON. */
  readonly header: string;
  readonly signer: OwnKey;
  /** Issuers to enclose beside the signer's certificate. */
  readonly chain: readonly Certificate[];
  /** Unix milliseconds; whole seconds survive. */
  readonly signingTime: number;
  /** DER of further signed attributes. */
  readonly furtherAttributes: readonly Uint8Array[];
}

/** Everything about a signer that does not change from message to message. */
interface Signer {
  readonly algorithms: SignatureAlgorithms;
  readonly attributes: SignerAttributes;
  /** CMSVersion 1 and issuerAndSerialNumber: how SignerInfo begins (RFC 5652, section 5.3). */
  readonly identified: Buffer;
}

const prepared = new WeakMap<Certificate, Signer>();
const VERSION_1 = integer(1);
const VERSION_3 = integer(3);

/**
 * DER of a ContentInfo with SignedData (RFC 5652, section 5): the content attached, one signer.
 *
 * @throws MsgError `certificate-own` when the signer's certificate is outside the message profile.
 */
export async function writeSignedData(input: SignInput): Promise<Buffer> {
  const { certificate, key } = input.signer;
  const signer = prepareSigner(certificate);
  const { algorithms, attributes, identified } = signer;
  const contentType = oid(input.contentType);
  const signedAttributes = writeSignedAttributes(
    {
      contentType,
      digest: hash(algorithms.hash, input.content, 'buffer'),
      signingTime: input.signingTime,
      header: input.header,
      further: input.furtherAttributes,
    },
    attributes,
  );
  const signature = await key.sign(signedAttributes, algorithms.hash);
  const signerInfo = sequence(
    identified,
    algorithms.digest,
    ...implicit(signedAttributes),
    algorithms.signature,
    octetString(signature),
  );
  return assemble(input, { contentType, digest: algorithms.digest, signerInfo });
}

function assemble(
  { contentType, content, signer, chain }: SignInput,
  encoded: { contentType: Buffer; digest: Buffer; signerInfo: Buffer },
): Buffer {
  const explicit = contextTag(0, 'constructed');
  const certificates = setOf([signer.certificate.der, ...chain.map(({ der }) => der)]);
  const eContent = nest(explicit, nest(TAG.octetString, [content]));
  const signedData = nest(TAG.sequence, [
    contentType === CONTENT_TYPE.data ? VERSION_1 : VERSION_3,
    tlv(TAG.set, encoded.digest),
    ...nest(TAG.sequence, [encoded.contentType, ...eContent]),
    ...implicit(certificates),
    tlv(TAG.set, encoded.signerInfo),
  ]);
  return Buffer.concat(nest(TAG.sequence, [OID.signedData, ...nest(explicit, signedData)]));
}

/** A SET OF under the implicit tag [0]. */
function implicit(set: Buffer): [Buffer, Buffer] {
  return [Buffer.of(contextTag(0, 'constructed')), set.subarray(1)];
}

function prepareSigner(certificate: Certificate): Signer {
  const known = prepared.get(certificate);
  if (known !== undefined) return known;
  const { keyKind } = certificate;
  if (keyKind === undefined || (keyKind === 'rsa' && rsaBits(certificate) === undefined)) {
    throw new MsgError('certificate-own', 'the key of your certificate cannot sign messages', {
      hint: 'use a certificate for P-256, P-384 or RSA with 2048 to 8192 bits',
    });
  }
  const algorithms = SIGNS_WITH[keyKind];
  const signer = {
    algorithms,
    attributes: signerAttributes(certificate, algorithms),
    identified: Buffer.concat([VERSION_1, issuerAndSerial(certificate)]),
  };
  prepared.set(certificate, signer);
  return signer;
}
