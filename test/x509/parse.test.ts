import { describe, expect, it } from 'vitest';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, oid, sequence, setOf, time, tlv } from '../../src/asn1/writer.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { MAX_CERTIFICATE_SIZE, parseCertificate } from '../../src/x509/parse.js';
import * as write from '../../src/x509/write-extensions.js';
import { issue, messageExtensions, NOW, spkiOf } from '../support/issue.js';

const { certificate, privateKey } = issue({
  subject: 'CN=acme',
  extensions: [...messageExtensions(), write.subjectKeyIdentifier(Buffer.of(1, 2, 3))],
});

/** The parts of a certificate, each to be replaced; the signature is of no interest here. */
interface Parts {
  version?: Buffer;
  serial?: Buffer;
  inner?: Buffer;
  outer?: Buffer;
  spki?: Buffer;
  tail?: Buffer[];
  signature?: Buffer;
  after?: Buffer;
}

const ALGORITHM = sequence(oid('2a8648ce3d040302'));
const NAME = sequence(setOf([sequence(oid('550403'), tlv(TAG.utf8String, Buffer.from('x')))]));

function assemble(parts: Parts): Buffer {
  const tbs = sequence(
    parts.version ?? tlv(contextTag(0, 'constructed'), integer(2)),
    parts.serial ?? integer(1),
    parts.inner ?? ALGORITHM,
    NAME,
    sequence(time(NOW), time(NOW + 1000)),
    NAME,
    parts.spki ?? spkiOf(privateKey),
    ...(parts.tail ?? []),
  );
  const signature = parts.signature ?? tlv(TAG.bitString, Buffer.of(0, 1));
  const whole = sequence(tbs, parts.outer ?? parts.inner ?? ALGORITHM, signature);
  return Buffer.concat([whole, parts.after ?? Buffer.alloc(0)]);
}

const extensions = (...list: Buffer[]): Buffer =>
  tlv(contextTag(3, 'constructed'), sequence(...list));
const explicitCurve = sequence(
  sequence(oid('2a8648ce3d0201'), sequence(integer(1))),
  tlv(TAG.bitString, Buffer.of(0), certificate.ecPoint ?? Buffer.alloc(0)),
);

/** A P-256 key with its point in another form. */
function pointOnP256(form: number): Buffer {
  const coordinates =
    form === 0 ? Buffer.alloc(0) : Buffer.from(certificate.ecPoint ?? []).subarray(1);
  return sequence(
    sequence(oid('2a8648ce3d0201'), oid('2a8648ce3d030107')),
    tlv(TAG.bitString, Buffer.concat([Buffer.of(0, form), coordinates])),
  );
}

describe('a certificate', () => {
  it('has its parts, as views of the bytes it was read from', () => {
    expect(certificate).toMatchObject({
      keyKind: 'p256',
      notBefore: NOW - 365 * 24 * 3600_000,
      subjectKeyIdentifier: Buffer.of(1, 2, 3),
    });
    expect(certificate.publicKey.equals(certificate.publicKey)).toBe(true);
    expect(certificate.ecPoint?.[0]).toBe(4);
    expect(certificate.tbs.buffer).toBe(certificate.der.buffer);
  });

  it('may be of version 1 and have no extensions', () => {
    expect(parseCertificate(assemble({ version: Buffer.alloc(0) })).extensions).toEqual([]);
  });

  it.each<[string, Parts]>([
    ['bytes after it', { after: Buffer.of(0) }],
    ['version 4', { version: tlv(contextTag(0, 'constructed'), integer(3)) }],
    [
      'extensions in version 1',
      { version: Buffer.alloc(0), tail: [extensions(write.keyUsage(['keyAgreement']))] },
    ],
    ['no extensions in the list of them', { tail: [extensions()] }],
    [
      'an extension twice',
      { tail: [extensions(...[1, 2].map(() => write.keyUsage(['keyAgreement'])))] },
    ],
    [
      'too many extensions',
      {
        tail: [
          extensions(
            ...Array.from({ length: 65 }, (_, i) =>
              write.extension(`2a03${(i + 16).toString(16)}`, NAME),
            ),
          ),
        ],
      },
    ],
    ['different algorithms inside and outside', { outer: sequence(oid('2a8648ce3d040303')) }],
    ['a serial number of 21 octets', { serial: tlv(TAG.integer, Buffer.alloc(21, 1)) }],
    ['a serial number that is not minimal', { serial: tlv(TAG.integer, Buffer.of(0, 1)) }],
    ['a curve of its own', { spki: explicitCurve }],
    ['the point at infinity, about which Node must not be asked', { spki: pointOnP256(0x00) }],
    ['a point in the hybrid form', { spki: pointOnP256(0x07) }],
    ['a signature with unused bits', { signature: tlv(TAG.bitString, Buffer.of(3, 8)) }],
    ['something after its extensions', { tail: [extensions(write.keyUsage([])), integer(1)] }],
  ])('with %s is refused', (_, parts) => {
    expect(() => parseCertificate(assemble(parts))).toThrow(CertificateError);
    expect(() => parseCertificate(assemble({}))).not.toThrow();
  });

  it('may have a serial number of 20 octets, with a zero before them', () => {
    const serial = Buffer.concat([Buffer.of(0), Buffer.alloc(20, 0xff)]);
    expect(parseCertificate(assemble({ serial: tlv(TAG.integer, serial) })).serial).toEqual(serial);
  });

  it('that is too large is refused before it is read', () => {
    const huge = Buffer.alloc(MAX_CERTIFICATE_SIZE + 1);
    expect(() => parseCertificate(huge)).toThrow(`${MAX_CERTIFICATE_SIZE + 1} bytes are too many`);
  });

  it('with a point off its curve has no public key', () => {
    const spki = Buffer.from(spkiOf(privateKey));
    spki.writeUInt8(spki.readUInt8(spki.length - 1) ^ 1, spki.length - 1);
    const parsed = parseCertificate(assemble({ spki }));
    expect(() => parsed.publicKey).toThrow(CertificateError);
  });
});
