import { constants, publicEncrypt } from 'node:crypto';
import { contextTag } from '../asn1/values.js';
import { header, integer, octetString, sequence, tlv } from '../asn1/writer.js';
import type { Certificate } from '../x509/certificate.js';
import { CURVES, EPHEMERAL_KEY, RSA_OAEP, type CurveName } from './algorithms.js';
import { agreeAndWrap, WRAPPED_KEY_LENGTH } from './content-key.js';
import { issuerAndSerial, rsaBits } from './certificate-facts.js';
import { MsgError } from '../errors.js';

/** Writes the DER of a RecipientInfo that carries this content key. */
type WriteRecipientInfo = (contentKey: Uint8Array) => Buffer;

/** Everything that does not change from message to message, made once a certificate. */
const prepared = new WeakMap<Certificate, WriteRecipientInfo>();

/**
 * DER of the RecipientInfo for one recipient (RFC 5652, section 6.2): key transport for RSA keys, key
 * agreement for P-256 and P-384. The certificate is named by its subjectKeyIdentifier where it has one.
 *
 * @throws MsgError `peer-certificate` when the certificate's key is outside the message profile.
 */
export function writeRecipientInfo(certificate: Certificate, contentKey: Uint8Array): Buffer {
  let write = prepared.get(certificate);
  if (write === undefined) {
    write = prepareRecipient(certificate);
    prepared.set(certificate, write);
  }
  return write(contentKey);
}

function prepareRecipient(certificate: Certificate): WriteRecipientInfo {
  const { keyKind, ecPoint } = certificate;
  if (keyKind === 'rsa') return prepareKeyTransport(certificate);
  if (keyKind !== undefined && ecPoint !== undefined) {
    return prepareKeyAgreement(certificate, keyKind, ecPoint);
  }
  throw unsuitable(certificate, 'its key is neither P-256, P-384 nor RSA');
}

/** RFC 5652, section 6.2.1, with RSAES-OAEP (RFC 3560). */
function prepareKeyTransport(certificate: Certificate): WriteRecipientInfo {
  const bits = rsaBits(certificate);
  if (bits === undefined) throw unsuitable(certificate, 'an RSA key needs 2048 to 8192 bits');
  const { subjectKeyIdentifier } = certificate;
  const identified =
    subjectKeyIdentifier === undefined
      ? [integer(0), issuerAndSerial(certificate)]
      : [integer(2), tlv(contextTag(0, 'primitive'), subjectKeyIdentifier)];
  const key = {
    key: certificate.publicKey,
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
  };
  return (contentKey) =>
    sequence(...identified, RSA_OAEP, octetString(publicEncrypt(key, contentKey)));
}

/** RFC 5652, section 6.2.2, with ephemeral-static ECDH (RFC 5753, section 3.1). */
function prepareKeyAgreement(
  certificate: Certificate,
  curve: CurveName,
  recipientPoint: Uint8Array,
): WriteRecipientInfo {
  const { before, between } = keyAgreementFrame(certificate, curve);
  return (contentKey) => {
    const { ephemeralPoint, wrapped } = agreeAndWrap(recipientPoint, curve, contentKey);
    return Buffer.concat([before, ephemeralPoint, between, wrapped]);
  };
}

/** The constant bytes before the ephemeral point, and between it and the wrapped key. */
function keyAgreementFrame(
  certificate: Certificate,
  curve: CurveName,
): { readonly before: Buffer; readonly between: Buffer } {
  const point = Buffer.alloc(CURVES[curve].pointLength);
  const { subjectKeyIdentifier } = certificate;
  const recipient =
    subjectKeyIdentifier === undefined
      ? issuerAndSerial(certificate)
      : tlv(contextTag(0, 'constructed'), octetString(subjectKeyIdentifier));
  const bitString = tlv(0x03, Buffer.of(0), point);
  const originatorKey = tlv(contextTag(1, 'constructed'), EPHEMERAL_KEY, bitString);
  const originator = tlv(contextTag(0, 'constructed'), originatorKey);
  const wrapped = octetString(Buffer.alloc(WRAPPED_KEY_LENGTH));
  const encryptedKeys = sequence(sequence(recipient, wrapped));
  const start = Buffer.concat([integer(3), originator]);
  const rest = Buffer.concat([CURVES[curve].agreement, encryptedKeys]);
  return {
    before: Buffer.concat([
      header(contextTag(1, 'constructed'), start.length + rest.length),
      start.subarray(0, -point.length),
    ]),
    between: rest.subarray(0, -WRAPPED_KEY_LENGTH),
  };
}

function unsuitable(certificate: Certificate, why: string): MsgError {
  return new MsgError(
    'peer-certificate',
    `certificate ${certificate.fingerprint.slice(0, 16)} cannot be sealed to: ${why}`,
    {
      hint: 'ask its owner to publish a certificate for P-256, P-384 or RSA with 2048 bits or more',
    },
  );
}
