import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { integer, octetString, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { wrapKey } from '../../src/envelope/content-key.js';
import { ALGORITHM } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import type { RefusalReason } from '../../src/envelope/refused.js';
import {
  AES256_WRAP,
  algorithm,
  explicit,
  forgeEnvelope,
  keyAgreement,
  oaep,
  oaepHashes,
  rsaEncrypt,
} from '../support/forged-envelope.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { expectRefusal, refusalOf } from '../support/refusal.js';
import { LIMITS } from '../support/sealed.js';

const NULL = Buffer.of(5, 0);
const SHA1 = '2b0e03021a';
const SHA1_KDF = '2b81051086483f0002';
const SHA512_KDF = '2b8104010b03';

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('a recipient outside the profile is refused with a clear reason:', () => {
  const cases: readonly [string, () => Uint8Array, RefusalReason, RegExp][] = [
    [
      'PKCS #1 v1.5 key transport',
      () =>
        f.transported({
          management: algorithm(ALGORITHM.rsaEncryption, NULL),
          encrypted: (key) =>
            publicEncrypt(
              { key: f.dyne.certificate.publicKey, padding: constants.RSA_PKCS1_PADDING },
              key,
            ),
        }),
      'key-management',
      /unsupported key transport rsaEncryption/,
    ],
    [
      'OAEP with SHA-1, its default',
      () =>
        f.transported({
          management: oaep(),
          encrypted: (key) => rsaEncrypt(f.dyne.certificate.publicKey, 'sha1', key),
        }),
      'key-management',
      /rsaesOaep with other parameters/,
    ],
    [
      'OAEP with SHA-1, written out',
      () => f.transported({ management: oaep(...oaepHashes(SHA1)) }),
      'key-management',
      /rsaesOaep with other parameters/,
    ],
    [
      'OAEP with SHA-256 but MGF1 with SHA-1',
      () => f.transported({ management: oaep(explicit(0, algorithm(ALGORITHM.sha256))) }),
      'key-management',
      /rsaesOaep with other parameters/,
    ],
    [
      'OAEP with a label',
      () =>
        f.transported({
          management: oaep(
            ...oaepHashes(ALGORITHM.sha256),
            explicit(2, algorithm(ALGORITHM.pSpecified, octetString(Buffer.from('label')))),
          ),
        }),
      'key-management',
      /rsaesOaep with other parameters/,
    ],
    [
      'key transport of another version',
      () => f.transported({ version: 0 }),
      'key-management',
      /version 0/,
    ],
    [
      'a KDF with SHA-1',
      () => f.agreed({ management: algorithm(SHA1_KDF, AES256_WRAP) }),
      'key-management',
      /sha1kdf with aes256-wrap/,
    ],
    [
      "P-256 with P-384's KDF",
      () => f.agreed({ management: algorithm(ALGORITHM.ecdhSha384Kdf, AES256_WRAP) }),
      'key-management',
      /not an uncompressed point/,
    ],
    [
      'a KDF with SHA-512',
      () => f.agreed({ management: algorithm(SHA512_KDF, AES256_WRAP) }, f.corp),
      'key-management',
      /sha512kdf/,
    ],
    [
      'AES-128 key wrap',
      () =>
        f.agreed({
          management: algorithm(ALGORITHM.ecdhSha256Kdf, algorithm('608648016503040105')),
        }),
      'key-management',
      /with aes128-wrap/,
    ],
    [
      'key wrap with parameters',
      () =>
        f.agreed({
          management: algorithm(ALGORITHM.ecdhSha256Kdf, algorithm(ALGORITHM.aes256Wrap, NULL)),
        }),
      'key-management',
      /with aes256-wrap/,
    ],
    [
      'user keying material',
      () => f.agreed({ ukm: explicit(1, octetString(randomBytes(8))) }),
      'key-management',
      /user keying material/,
    ],
    [
      'key agreement of another version',
      () => f.agreed({ version: 2 }),
      'key-management',
      /version 2/,
    ],
    [
      'a compressed ephemeral point',
      () =>
        f.agreed({
          point: (point) =>
            Buffer.concat([Buffer.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]),
        }),
      'key-management',
      /not an uncompressed point/,
    ],
    [
      'a hybrid ephemeral point',
      () =>
        f.agreed({
          point: (point) =>
            Buffer.concat([Buffer.of(6 + ((point[64] ?? 0) & 1)), point.subarray(1)]),
        }),
      'key-management',
      /not an uncompressed point/,
    ],
    [
      'the point at infinity',
      () => f.agreed({ point: () => Buffer.of(0) }),
      'key-management',
      /not an uncompressed point/,
    ],
    [
      'an ephemeral key that names another curve',
      () => f.agreed({ originatorAlgorithm: algorithm(ALGORITHM.ecPublicKey, oid('2b81040022')) }),
      'key-management',
      /another curve/,
    ],
    [
      'an ephemeral key with explicit curve parameters',
      () =>
        f.agreed({ originatorAlgorithm: algorithm(ALGORITHM.ecPublicKey, sequence(integer(1))) }),
      'key-management',
      /another type than EC/,
    ],
    [
      'static-static key agreement',
      () => f.agreed({ originator: tlv(0x80, randomBytes(20)) }),
      'key-management',
      /without an ephemeral key/,
    ],
    [
      'two recipients at one ephemeral key',
      () => f.agreed({ copies: 2 }),
      'key-management',
      /share one/,
    ],
    [
      'an empty wrapped key, which node:crypto unwraps without complaint',
      () => f.agreed({ wrapped: () => Buffer.alloc(8) }),
      'key-management',
      /wrapped key of 8 bytes/,
    ],
    [
      'a wrapped key for AES-128',
      () => f.agreed({ wrapped: (wrapping) => wrapKey(wrapping, randomBytes(16)) }),
      'key-management',
      /wrapped key of 24 bytes/,
    ],
    [
      'a recipient by a shared key',
      () => f.forged({ recipientInfos: [explicit(2, integer(4))] }),
      'key-management',
      /a key-encryption key/,
    ],
    [
      'a recipient by password',
      () => f.forged({ recipientInfos: [explicit(3, integer(0))] }),
      'key-management',
      /a password/,
    ],
    [
      'any other recipient',
      () => f.forged({ recipientInfos: [explicit(4, oid('2a03'))] }),
      'key-management',
      /another kind/,
    ],
    ['no recipients', () => f.forged({ recipientInfos: [] }), 'not-for-us', /none of our/],
    [
      'recipients who are all somebody else',
      () => forgeEnvelope(f.acme, f.signed(f.bolt)),
      'not-for-us',
      /none of our/,
    ],
  ];

  it.each(cases)('%s', (_name, make, reason, message) =>
    expectRefusal(make(), [f.bolt, f.dyne, f.corp], { reason, message }),
  );
});

describe('the envelope to oneself', () => {
  it('is refused when one is its recipient twice', async () => {
    const contentKey = randomBytes(32);
    const recipientInfos = [keyAgreement(f.bolt, contentKey), keyAgreement(f.bolt, contentKey)];
    const refusal = await refusalOf(f.forged({ contentKey, recipientInfos }), [f.bolt]);
    expect(refusal.message).toBe('the message is sealed to us more than once');
  });

  it('is refused when the envelope has a recipient whom the header does not name', async () => {
    const contentKey = randomBytes(32);
    const recipientInfos = [keyAgreement(f.bolt, contentKey), keyAgreement(f.acme, contentKey)];
    const refusal = await refusalOf(f.forged({ contentKey, recipientInfos }), [f.bolt]);
    expect(refusal.reason).toBe('header-mismatch');
  });

  it('accepts OAEP with NULL parameters and a label written out as empty', async () => {
    const hash = algorithm(ALGORITHM.sha256, NULL);
    const management = oaep(
      explicit(0, hash),
      explicit(1, algorithm(ALGORITHM.mgf1, hash)),
      explicit(2, algorithm(ALGORITHM.pSpecified, octetString(Buffer.alloc(0)))),
    );
    const opened = await open(f.transported({ management }), [f.dyne], LIMITS);
    expect(Buffer.from(opened.payload)).toEqual(PAYLOAD);
  });

  it('accepts an ephemeral key that names its curve', async () => {
    const originatorAlgorithm = algorithm(ALGORITHM.ecPublicKey, oid('2a8648ce3d030107'));
    const opened = await open(f.agreed({ originatorAlgorithm }), [f.bolt], LIMITS);
    expect(Buffer.from(opened.payload)).toEqual(PAYLOAD);
  });
});
