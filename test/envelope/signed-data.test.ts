import { constants, createHash, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextTag } from '../../src/asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { issuerAndSerial } from '../../src/envelope/certificate-facts.js';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import { ALGORITHM, ATTRIBUTE, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import type { RefusalReason } from '../../src/envelope/refused.js';
import { writeAttribute } from '../../src/envelope/signed-attributes.js';
import { algorithm, explicit, forgeEnvelope } from '../support/forged-envelope.js';
import { forgeSignedData, retag } from '../support/forged-signature.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { expectRefusal } from '../support/refusal.js';
import { headerFor, LIMITS } from '../support/sealed.js';

const NULL = Buffer.of(5, 0);
const NOTHING = Buffer.alloc(0);
const END_OF_CONTENTS = Buffer.alloc(2);
const SHA256 = algorithm(ALGORITHM.sha256);
const SHA384 = algorithm(ALGORITHM.sha384);

type Case = readonly [string, () => Uint8Array, RefusalReason, RegExp];

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('a SignedData outside the profile is refused with a clear reason:', () => {
  const extra = sequence(oid('2a03'), tlv(0x31, NULL));
  const cases: readonly Case[] = [
    [
      'content without a signature around it',
      () => forgeEnvelope(f.bolt, PAYLOAD),
      'malformed',
      /malformed/,
    ],
    [
      'envelopedData in the envelope',
      () => f.signedWith({ contentInfoType: '2a864886f70d010703' }),
      'content-type',
      /expected signedData, found envelopedData/,
    ],
    [
      'bytes after the SignedData',
      () => forgeEnvelope(f.bolt, Buffer.concat([f.signed(f.bolt), Buffer.of(0)])),
      'malformed',
      /after the last element/,
    ],
    ['no signer', () => f.signedWith({ signerInfos: () => [] }), 'signers', /nobody/],
    ['two signers', () => f.signedWith({ signerInfos: (one) => [one, one] }), 'signers', /several/],
    ['version 3 without a reason', () => f.signedWith({ version: 3 }), 'profile', /version 3/],
    ['a SignerInfo of version 3', () => f.signedWith({ signerVersion: 3 }), 'profile', /version 3/],
    ['detached content', () => f.signedWith({ eContent: NOTHING }), 'profile', /not enclosed/],
    ['revocation lists', () => f.signedWith({ crls: explicit(1, extra) }), 'profile', /crls/],
    [
      'unsigned attributes',
      () => f.signedWith({ unsignedAttributes: explicit(1, extra) }),
      'profile',
      /unsignedAttrs/,
    ],
    [
      'another content type than a message has',
      () =>
        f.signedWith({
          version: 3,
          contentType: CONTENT_TYPE.receipt,
          attributes: (a) => [
            ...Object.values({ ...a, contentType: NOTHING }),
            writeAttribute(ATTRIBUTE.contentType, oid(CONTENT_TYPE.receipt)),
          ],
        }),
      'header-mismatch',
      /a message does not have the content type receipt/,
    ],
    [
      'SHA-1',
      () => f.signedWith({ digest: algorithm('2b0e03021a') }),
      'signature-algorithm',
      /sha1/,
    ],
    [
      'SHA-512',
      () => f.signedWith({ digest: algorithm('608648016503040203') }),
      'signature-algorithm',
      /sha512/,
    ],
    [
      'SHA-384 by a P-256 key',
      () => f.signedWith({ digest: SHA384 }),
      'signature-algorithm',
      /sha384 with a p256 key/,
    ],
    [
      'a digest list that does not fit the signer',
      () => f.signedWith({ digests: [SHA384] }),
      'signature-algorithm',
      /other digests/,
    ],
    [
      'a digest list with more than the signer needs',
      () => f.signedWith({ digests: [SHA256, SHA384] }),
      'signature-algorithm',
      /other digests/,
    ],
    [
      'ECDSA with SHA-512',
      () => f.signedWith({ scheme: algorithm('2a8648ce3d040304') }),
      'signature-algorithm',
      /ecdsa-with-SHA512/,
    ],
    [
      'an RSA signature by an EC key',
      () => f.signedWith({ scheme: algorithm(ALGORITHM.sha256WithRsa, NULL) }),
      'signature-algorithm',
      /rsa signature by a p256 key/,
    ],
    [
      'a scheme with another hash than the digest',
      () => f.signedWith({ scheme: algorithm(ALGORITHM.ecdsaWithSha384) }),
      'signature-algorithm',
      /sha256.*sha384/,
    ],
    [
      'RSASSA-PSS with SHA-1, its default',
      () => f.signedWith({ scheme: algorithm(ALGORITHM.rsaPss, sequence()) }, f.dyne),
      'signature-algorithm',
      /rsassaPss/,
    ],
  ];
  it.each(cases)('%s', (_name, make, reason, message) =>
    expectRefusal(make(), [f.bolt], { reason, message }),
  );
});

describe('a signature that proves nothing is refused with a clear reason:', () => {
  const cases: readonly Case[] = [
    [
      'no signed attributes, the content being signed itself',
      () => f.signedWith({ shownAttributes: () => NOTHING, signed: () => PAYLOAD }),
      'signed-attributes',
      /covers no signed attributes/,
    ],
    [
      'a signature over something else',
      () => f.signedWith({ signed: () => Buffer.from('something else') }),
      'signature',
      /the signature is wrong/,
    ],
    [
      'a signature over the attributes under their own tag',
      () => f.signedWith({ signed: retag }),
      'signature',
      /the signature is wrong/,
    ],
    [
      'an empty signature',
      () => f.signedWith({ signature: () => NOTHING }),
      'signature',
      /is wrong/,
    ],
    [
      'a signature of zeros',
      () => f.signedWith({ signature: () => sequence(integer(0), integer(0)) }),
      'signature',
      /is wrong/,
    ],
    [
      'another content than the one that was signed',
      () => f.signedWith({ eContent: explicit(0, octetString(Buffer.from('hallo'))) }),
      'signature',
      /not the one that was signed/,
    ],
    [
      'no certificate',
      () => f.signedWith({ certificates: [] }),
      'signer-certificate',
      /not enclosed/,
    ],
    [
      "another certificate than the signer's",
      () => f.signedWith({ certificates: [f.bolt.certificate.der] }),
      'signer-certificate',
      /not enclosed/,
    ],
    [
      'a certificate that belongs to nobody here',
      () => f.signedWith({ certificates: [f.acme.certificate.der, f.bolt.certificate.der] }),
      'signer-certificate',
      /issued none/,
    ],
    [
      'the same certificate twice',
      () => f.signedWith({ certificates: [f.acme.certificate.der, f.acme.certificate.der] }),
      'signer-certificate',
      /twice/,
    ],
    [
      'certificates without end',
      () => f.signedWith({ certificates: Array.from({ length: 9 }, () => f.acme.certificate.der) }),
      'signer-certificate',
      /more than 8/,
    ],
    [
      'a certificate that is none',
      () => f.signedWith({ certificates: [sequence(integer(1))] }),
      'signer-certificate',
      /not a certificate/,
    ],
    [
      "a reference to another's certificate",
      () => f.signedWith({ signerReference: issuerAndSerial(f.bolt.certificate) }),
      'signer-certificate',
      /not enclosed/,
    ],
  ];
  it.each(cases)('%s', (_name, make, reason, message) =>
    expectRefusal(make(), [f.bolt], { reason, message }),
  );
});

describe('a signature in another permitted form is accepted:', () => {
  it('by key identifier, which makes it version 3', async () => {
    const identifier = f.acme.certificate.subjectKeyIdentifier ?? NOTHING;
    const sealed = f.signedWith({
      version: 3,
      signerVersion: 3,
      signerReference: tlv(contextTag(0, 'primitive'), identifier),
    });
    expect((await open(sealed, [f.bolt], LIMITS)).signer.der).toEqual(f.acme.certificate.der);
  });

  it('with rsaEncryption, which leaves the hash to the digest algorithm', async () => {
    const scheme = algorithm(ALGORITHM.rsaEncryption, NULL);
    const sealed = f.signedWith({ scheme }, f.dyne);
    expect((await open(sealed, [f.bolt], LIMITS)).signer.der).toEqual(f.dyne.certificate.der);
  });

  it.each([20, 32, 222])('with RSASSA-PSS and a salt of %i bytes', async (saltLength) => {
    const key = {
      key: f.dyne.key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    };
    const scheme = algorithm(
      ALGORITHM.rsaPss,
      sequence(
        explicit(0, SHA256),
        explicit(1, algorithm(ALGORITHM.mgf1, SHA256)),
        explicit(2, integer(saltLength)),
      ),
    );
    const signature = (_right: Uint8Array, data: Uint8Array): Buffer => sign('sha256', data, key);
    const sealed = f.signedWith({ scheme, signature }, f.dyne);
    expect((await open(sealed, [f.bolt], LIMITS)).signer.der).toEqual(f.dyne.certificate.der);
    await expectRefusal(f.signedWith({ scheme }, f.dyne), [f.bolt], {
      reason: 'signature',
      message: /the signature is wrong/,
    });
  });

  it('with SHA-256 by a P-384 key', async () => {
    const header = serialiseHeader(headerFor(f.corp, [f.bolt], PAYLOAD));
    const digest = createHash('sha256').update(PAYLOAD).digest();
    const scheme = algorithm(ALGORITHM.ecdsaWithSha256);
    const content = forgeSignedData(f.corp, PAYLOAD, header, {
      digest: SHA256,
      scheme,
      attributes: (a) => [
        ...Object.values({ ...a, messageDigest: NOTHING, algorithmProtection: NOTHING }),
        writeAttribute(ATTRIBUTE.messageDigest, octetString(digest)),
        writeAttribute(
          ATTRIBUTE.algorithmProtection,
          sequence(SHA256, explicit(1, oid(ALGORITHM.ecdsaWithSha256))),
        ),
      ],
      signature: (_right, data) => f.corp.key.sign(data, 'sha256') as Uint8Array,
    });
    expect((await open(forgeEnvelope(f.bolt, content), [f.bolt], LIMITS)).hash).toBe('sha256');
  });

  it('with its shell in BER, the content in pieces', async () => {
    const pieces = [PAYLOAD.subarray(0, 2), PAYLOAD.subarray(2)].map((piece) => octetString(piece));
    const eContent = Buffer.concat([Buffer.of(0x24, 0x80), ...pieces, END_OF_CONTENTS]);
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], PAYLOAD));
    const signed = forgeSignedData(f.acme, PAYLOAD, header, { eContent: explicit(0, eContent) });
    const shell = Buffer.concat([Buffer.of(0x30, 0x80), signed.subarray(4), END_OF_CONTENTS]);
    const opened = await open(forgeEnvelope(f.bolt, shell), [f.bolt], LIMITS);
    expect(Buffer.from(opened.payload)).toEqual(PAYLOAD);
  });
});
