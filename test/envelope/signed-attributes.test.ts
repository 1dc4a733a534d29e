import { beforeAll, describe, expect, it } from 'vitest';
import { integer, octetString, oid, sequence, setOf, time, tlv } from '../../src/asn1/writer.js';
import { ALGORITHM, ATTRIBUTE, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import type { RefusalReason } from '../../src/envelope/refused.js';
import { writeAttribute } from '../../src/envelope/signed-attributes.js';
import { algorithm, explicit } from '../support/forged-envelope.js';
import type { AttributeSet } from '../support/forged-signature.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { expectRefusal } from '../support/refusal.js';
import { LIMITS } from '../support/sealed.js';

const NULL = Buffer.of(5, 0);
const NOTHING = Buffer.alloc(0);
const SHA256 = algorithm(ALGORITHM.sha256);
const SHA384 = algorithm(ALGORITHM.sha384);

type Case = readonly [string, () => Uint8Array, RefusalReason, RegExp];

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('signed attributes are refused with a clear reason:', () => {
  const instead = (name: keyof AttributeSet, other: () => Buffer) =>
    f.signedWith({ attributes: (a) => Object.values({ ...a, [name]: other() }) });
  const essCertificate = (...fields: readonly Buffer[]) =>
    writeAttribute(ATTRIBUTE.signingCertificateV2, sequence(sequence(sequence(...fields))));
  const certHash = (of: Uint8Array) => octetString(of);
  const ownHash = () => certHash(Buffer.from(f.acme.certificate.fingerprint, 'hex'));
  const required = [
    'contentType',
    'messageDigest',
    'signingTime',
    'signingCertificate',
    'algorithmProtection',
    'header',
  ] as const;
  const absent: readonly Case[] = required.map((name) => [
    `no ${name}`,
    () => instead(name, () => NOTHING),
    'signed-attributes',
    /is missing/,
  ]);
  const doubled: readonly Case[] = required.map((name) => [
    `${name} twice`,
    () => f.signedWith({ attributes: (a) => [...Object.values(a), a[name]] }),
    'signed-attributes',
    /stands there twice/,
  ]);
  const cases: readonly Case[] = [
    ...absent,
    ...doubled,
    [
      'in another order than DER has',
      () =>
        f.signedWith({
          isUnsorted: true,
          attributes: (a) => Object.values(a).sort((x, y) => Buffer.compare(y, x)),
        }),
      'signed-attributes',
      /not sorted/,
    ],
    [
      'with two values in one',
      () =>
        instead('signingTime', () =>
          sequence(oid(ATTRIBUTE.signingTime), setOf([time(0), time(86_400_000)])),
        ),
      'signed-attributes',
      /several values/,
    ],
    [
      'with no value in one',
      () => instead('signingTime', () => sequence(oid(ATTRIBUTE.signingTime), tlv(0x31))),
      'signed-attributes',
      /too early/,
    ],
    [
      'in BER that means the same',
      () =>
        f.signedWith({
          shownAttributes: (set) =>
            Buffer.concat([Buffer.of(0xa0, 0x80), set.subarray(4), Buffer.of(0, 0)]),
        }),
      'signed-attributes',
      /not DER/,
    ],
    [
      'with a contentType other than the content has',
      () =>
        instead('contentType', () =>
          writeAttribute(ATTRIBUTE.contentType, oid(CONTENT_TYPE.receipt)),
        ),
      'signed-attributes',
      /contentType is receipt, the content data/,
    ],
    [
      "with someone else's certificate hash",
      () => instead('signingCertificate', () => essCertificate(certHash(Buffer.alloc(32)))),
      'signed-attributes',
      /names another certificate/,
    ],
    [
      "with someone else's serial number",
      () =>
        instead('signingCertificate', () =>
          essCertificate(
            ownHash(),
            sequence(sequence(explicit(4, Buffer.from(f.acme.certificate.issuer))), integer(5)),
          ),
        ),
      'signed-attributes',
      /another issuer or serial number/,
    ],
    [
      'with a certificate hash by SHA-1',
      () =>
        instead('signingCertificate', () =>
          essCertificate(algorithm('2b0e03021a'), certHash(Buffer.alloc(20))),
        ),
      'signed-attributes',
      /unsupported hash/,
    ],
    [
      'with a second certificate in signingCertificateV2',
      () =>
        instead('signingCertificate', () =>
          writeAttribute(
            ATTRIBUTE.signingCertificateV2,
            sequence(sequence(sequence(ownHash()), sequence(ownHash()))),
          ),
        ),
      'signed-attributes',
      /several certificates/,
    ],
    [
      'with cmsAlgorithmProtection for another digest',
      () =>
        instead('algorithmProtection', () =>
          writeAttribute(
            ATTRIBUTE.algorithmProtection,
            sequence(SHA384, explicit(1, oid(ALGORITHM.ecdsaWithSha256))),
          ),
        ),
      'signed-attributes',
      /names other algorithms/,
    ],
    [
      'with cmsAlgorithmProtection for another signature',
      () =>
        instead('algorithmProtection', () =>
          writeAttribute(
            ATTRIBUTE.algorithmProtection,
            sequence(SHA256, explicit(1, oid(ALGORITHM.ecdsaWithSha384))),
          ),
        ),
      'signed-attributes',
      /names other algorithms/,
    ],
    [
      'with a mac in cmsAlgorithmProtection',
      () =>
        instead('algorithmProtection', () =>
          writeAttribute(
            ATTRIBUTE.algorithmProtection,
            sequence(SHA256, explicit(1, oid(ALGORITHM.ecdsaWithSha256)), explicit(2, oid('2a03'))),
          ),
        ),
      'signed-attributes',
      /after the last element/,
    ],
    [
      'with a time that does not exist',
      () =>
        instead('signingTime', () =>
          writeAttribute(ATTRIBUTE.signingTime, tlv(0x17, Buffer.from('260231000000Z'))),
        ),
      'signed-attributes',
      /does not exist/,
    ],
    [
      'with a header that is no UTF8String',
      () =>
        instead('header', () => writeAttribute(ATTRIBUTE.header, octetString(Buffer.from('{}')))),
      'signed-attributes',
      /expected tag 0x0c/,
    ],
    [
      'in greater number than anyone needs',
      () =>
        f.signedWith({
          attributes: (a) => [
            ...Object.values(a),
            ...Array.from({ length: 30 }, (_, i) =>
              writeAttribute(`2a03${(i + 1).toString(16).padStart(2, '0')}`, NULL),
            ),
          ],
        }),
      'signed-attributes',
      /more than 32/,
    ],
  ];
  it.each(cases)('%s', (_name, make, reason, message) =>
    expectRefusal(make(), [f.bolt], { reason, message }),
  );
});

describe('signed attributes are accepted', () => {
  it('with issuer and serial number in signingCertificateV2', async () => {
    const { issuer, serial, fingerprint } = f.acme.certificate;
    const issuerSerial = sequence(sequence(explicit(4, Buffer.from(issuer))), tlv(2, serial));
    const certId = sequence(octetString(Buffer.from(fingerprint, 'hex')), issuerSerial);
    const signingCertificate = writeAttribute(
      ATTRIBUTE.signingCertificateV2,
      sequence(sequence(certId)),
    );
    const sealed = f.signedWith({ attributes: (a) => Object.values({ ...a, signingCertificate }) });
    expect((await open(sealed, [f.bolt], LIMITS)).payload).toHaveLength(PAYLOAD.length);
  });

  it('with further attributes, which the reader hands on', async () => {
    const receiptRequest = writeAttribute(ATTRIBUTE.receiptRequest, sequence(octetString(PAYLOAD)));
    const sealed = f.signedWith({ attributes: (a) => [...Object.values(a), receiptRequest] });
    const { attributes } = await open(sealed, [f.bolt], LIMITS);
    expect(attributes.get(ATTRIBUTE.receiptRequest)).toEqual(sequence(octetString(PAYLOAD)));
  });
});
