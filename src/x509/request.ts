import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { Asn1Error, Asn1Reader, encodingOf, readSingle } from '../asn1/reader.js';
import { TAG, contextTag, oidOf, smallInteger, wholeBitString } from '../asn1/values.js';
import { MsgError } from '../errors.js';
import { CertificateError, type Extension } from './certificate.js';
import { readExtensions } from './extension-list.js';

/** PKCS#9 extensionRequest (RFC 2985, section 5.4.2), contents in hexadecimal. */
export const EXTENSION_REQUEST = '2a864886f70d01090e';

/** A certification request (RFC 2986) whose signature proved possession of the key. */
export interface CertificateRequest {
  /** Name, DER. */
  readonly subject: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** What the requester would like in the certificate; for the authority to judge. */
  readonly extensions: readonly Extension[];
}

const HASHES: Readonly<Record<string, string>> = {
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
};

/**
 * Reads a certification request and verifies its signature.
 *
 * @throws MsgError `usage` when it is malformed or its signature does not fit its key.
 */
export function parseRequest(der: Uint8Array): CertificateRequest {
  try {
    return readRequest(der);
  } catch (cause) {
    if (!(cause instanceof Asn1Error || cause instanceof CertificateError)) throw cause;
    throw new MsgError('usage', `not a certificate request: ${cause.message}`, { cause });
  }
}

function readRequest(der: Uint8Array): CertificateRequest {
  const request = new Asn1Reader(der).into(readSingle(der, TAG.sequence));
  const info = request.take(TAG.sequence);
  const algorithm = oidOf(request.enter(TAG.sequence).take());
  const signature = wholeBitString(request.take(TAG.bitString));
  request.finish();
  const fields = request.into(info);
  if (smallInteger(fields.take()) !== 0) throw new Asn1Error('an unknown version');
  const subject = encodingOf(fields.take(TAG.sequence));
  const spki = encodingOf(fields.take(TAG.sequence));
  const extensions = readAttributes(fields);
  fields.finish();
  const hash = HASHES[algorithm];
  if (hash === undefined) throw new Asn1Error('an unknown signature algorithm');
  if (!verify(hash, encodingOf(info), publicKeyOf(spki), signature)) {
    throw new Asn1Error('its signature does not fit its key');
  }
  return { subject, spki, extensions };
}

function publicKeyOf(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new Asn1Error('an unreadable public key', { cause });
  }
}

function readAttributes(fields: Asn1Reader): readonly Extension[] {
  const list = fields.takeOptional(contextTag(0, 'constructed'));
  if (list === undefined) return [];
  const attributes = fields.into(list);
  let extensions: readonly Extension[] | undefined;
  while (!attributes.done) {
    const attribute = attributes.enter(TAG.sequence);
    const type = oidOf(attribute.take());
    const values = attribute.enter(TAG.set);
    if (type !== EXTENSION_REQUEST) continue;
    if (extensions !== undefined) throw new Asn1Error('two extension requests');
    extensions = readExtensions(values);
    values.finish();
  }
  return extensions ?? [];
}
