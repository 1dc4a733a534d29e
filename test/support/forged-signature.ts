import { hash } from 'node:crypto';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, octetString, oid, sequence, time, tlv } from '../../src/asn1/writer.js';
import { SIGNS_WITH } from '../../src/envelope/algorithms.js';
import { issuerAndSerial } from '../../src/envelope/certificate-facts.js';
import { ATTRIBUTE, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { signerAttributes, writeAttribute } from '../../src/envelope/signed-attributes.js';
import { explicit } from './forged-envelope.js';
import type { TestPeer } from './pki.js';
import { MOMENT } from './sealed.js';

/** The required attributes by name, each whole. */
export type AttributeSet = Record<keyof ReturnType<typeof rightAttributes>, Buffer>;

/** What can be decided about a SignedData; everything else is right. */
export interface SignatureForgery {
  readonly header?: string;
  /** Gets the right attributes, returns what is signed, in this order if `isUnsorted`. */
  readonly attributes?: (right: AttributeSet) => readonly Buffer[];
  readonly isUnsorted?: boolean;
  /** What the SignerInfo shows instead of the SET OF that was signed, tagged [0]. */
  readonly shownAttributes?: (signed: Buffer) => Buffer;
  /** What is signed instead of the attributes. */
  readonly signed?: (attributes: Buffer) => Uint8Array;
  /** Gets the right signature and what it covers. */
  readonly signature?: (right: Uint8Array, signed: Uint8Array) => Uint8Array;
  readonly digest?: Buffer;
  readonly scheme?: Buffer;
  readonly signerVersion?: number;
  readonly signerReference?: Buffer;
  readonly unsignedAttributes?: Buffer;
  readonly version?: number;
  readonly digests?: readonly Buffer[];
  readonly contentType?: string;
  /** The EncapsulatedContentInfo's second field. */
  readonly eContent?: Buffer;
  readonly certificates?: readonly Uint8Array[];
  readonly crls?: Buffer;
  readonly signerInfos?: (right: Buffer) => readonly Buffer[];
  readonly contentInfoType?: string;
}

/** All required attributes as a truthful signer writes them. */
export function rightAttributes(
  from: TestPeer,
  payload: Uint8Array,
  { header, scheme }: { readonly header: string; readonly scheme: Buffer },
) {
  const algorithms = { ...SIGNS_WITH[from.key.kind], signature: scheme };
  const digest = hash(algorithms.hash, payload, 'buffer');
  return {
    contentType: writeAttribute(ATTRIBUTE.contentType, oid(CONTENT_TYPE.data)),
    messageDigest: writeAttribute(ATTRIBUTE.messageDigest, octetString(digest)),
    signingTime: writeAttribute(ATTRIBUTE.signingTime, time(MOMENT)),
    header: writeAttribute(ATTRIBUTE.header, tlv(TAG.utf8String, Buffer.from(header))),
    ...signerAttributes(from.certificate, algorithms),
  };
}

/** A ContentInfo with SignedData: written by hand, so that it can be wrong in any way. */
export function forgeSignedData(
  from: TestPeer,
  payload: Uint8Array,
  header: string,
  forgery: SignatureForgery = {},
): Buffer {
  const nothing = Buffer.alloc(0);
  const algorithms = SIGNS_WITH[from.key.kind];
  const right = rightAttributes(from, payload, {
    header: forgery.header ?? header,
    scheme: forgery.scheme ?? algorithms.signature,
  });
  const chosen = [...(forgery.attributes?.(right) ?? Object.values(right))];
  if (forgery.isUnsorted !== true) chosen.sort((a, b) => Buffer.compare(a, b));
  const attributes = tlv(TAG.set, ...chosen);
  const signed = forgery.signed?.(attributes) ?? attributes;
  const signature = from.key.sign(signed, algorithms.hash) as Uint8Array;
  const shown = forgery.shownAttributes?.(attributes) ?? retag(attributes);
  const signerInfo = sequence(
    integer(forgery.signerVersion ?? 1),
    forgery.signerReference ?? issuerAndSerial(from.certificate),
    forgery.digest ?? algorithms.digest,
    shown,
    forgery.scheme ?? algorithms.signature,
    octetString(forgery.signature?.(signature, signed) ?? signature),
    forgery.unsignedAttributes ?? nothing,
  );
  return sequence(
    oid(forgery.contentInfoType ?? CONTENT_TYPE.signedData),
    explicit(
      0,
      sequence(
        integer(forgery.version ?? 1),
        tlv(TAG.set, ...(forgery.digests ?? [forgery.digest ?? algorithms.digest])),
        sequence(
          oid(forgery.contentType ?? CONTENT_TYPE.data),
          forgery.eContent ?? explicit(0, octetString(payload)),
        ),
        explicit(0, ...(forgery.certificates ?? [from.certificate.der])),
        forgery.crls ?? nothing,
        tlv(TAG.set, ...(forgery.signerInfos?.(signerInfo) ?? [signerInfo])),
      ),
    ),
  );
}

/** A SET OF under the implicit tag [0]. */
export function retag(set: Buffer): Buffer {
  const copy = Buffer.from(set);
  copy[0] = contextTag(0, 'constructed');
  return copy;
}
