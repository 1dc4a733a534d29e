import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { weaknessOf } from '../../src/trust/key-strength.js';
import { verifySignature } from '../../src/trust/signature.js';
import { issue } from '../support/issue.js';

const { certificate } = issue({ subject: 'CN=x', keyType: 'rsa-pss' });
const [SHA1, SHA256, SHA512] = ['2b0e03021a', '608648016503040201', '608648016503040203'] as const;
const hash = (id: string): Buffer => sequence(oid(id), tlv(TAG.null));
const field = (number: number, value: Buffer): Buffer =>
  tlv(contextTag(number, 'constructed'), value);
const mask = (id: string, mgf = '2a864886f70d010108'): Buffer => sequence(oid(mgf), hash(id));
const pss = (...fields: Buffer[]): Buffer =>
  sequence(oid('2a864886f70d01010a'), sequence(...fields));

describe('RSASSA-PSS', () => {
  it.each([
    ['its own parameters', certificate.signatureAlgorithm, 'valid'],
    ['another salt length', pss(field(0, hash(SHA256)), field(1, mask(SHA256))), 'invalid'],
    ['the defaults, which are SHA-1', pss(), 'algorithm'],
    ['SHA-1', pss(field(0, hash(SHA1)), field(1, mask(SHA1))), 'algorithm'],
    ['another hash in the mask', pss(field(0, hash(SHA256)), field(1, mask(SHA512))), 'algorithm'],
    [
      'another mask function',
      pss(field(0, hash(SHA256)), field(1, mask(SHA256, '2a864886f70d010109'))),
      'algorithm',
    ],
    [
      'a salt longer than the hash',
      pss(field(0, hash(SHA256)), field(1, mask(SHA256)), field(2, integer(33))),
      'algorithm',
    ],
    [
      'another trailer',
      pss(field(0, hash(SHA256)), field(1, mask(SHA256)), field(3, integer(2))),
      'algorithm',
    ],
    ['no parameters', sequence(oid('2a864886f70d01010a')), 'algorithm'],
  ])('with %s is %3$s', (_, signatureAlgorithm, expected) => {
    const signed = { ...certificate, tbs: certificate.tbs, signatureAlgorithm };
    expect(verifySignature(signed, certificate.publicKey, false)).toBe(expected);
  });
});

describe('an RSA key', () => {
  const requirement = { minimumRsaBits: 2048, allowLegacy: false };
  const key = (bits: number, exponent: string): KeyObject => {
    const n = Buffer.alloc(bits / 8, 0xff).toString('base64url');
    const e = Buffer.from(exponent, 'hex').toString('base64url');
    return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
  };

  it.each([
    [2040, '010001', 'at least 2048'],
    [8200, '010001', 'larger than accepted'],
    [2048, '01', 'public exponent 1'],
    [2048, '010000', 'public exponent 65536'],
    [2048, '010000000000000001', 'public exponent'],
  ])('of %i bits with the exponent %s is refused', (bits, exponent, problem) => {
    expect(weaknessOf(key(bits, exponent), requirement)).toContain(problem);
  });

  it('of 2048 bits with a usual exponent is accepted', () => {
    expect(weaknessOf(key(2048, '010001'), requirement)).toBeUndefined();
    expect(weaknessOf(key(2048, '03'), requirement)).toBeUndefined();
  });
});
