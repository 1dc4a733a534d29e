import { constants, createECDH, createPublicKey, publicEncrypt, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../../src/identity/software-key.js';

const CURVES = { p256: 'prime256v1', p384: 'secp384r1' } as const;

describe.each(['p256', 'p384'] as const)('a %s key', (kind) => {
  const key = generateKey(kind);
  const pointOf = (spki: Buffer): Buffer => spki.subarray(kind === 'p256' ? -65 : -97);

  it('agrees on the same secret as its partner', async () => {
    const partner = createECDH(CURVES[kind]);
    const theirs = partner.generateKeys();
    expect(await key.agree(theirs)).toEqual(partner.computeSecret(pointOf(key.spki)));
  });

  it.each([
    ['a compressed point', (point: Buffer) => compress(kind, point)],
    ['a hybrid point', (point: Buffer) => Buffer.concat([Buffer.of(6), point.subarray(1)])],
    ['a point off the curve', (point: Buffer) => flipLast(point)],
    ['the point at infinity', () => Buffer.of(0)],
    ['a point cut short', (point: Buffer) => point.subarray(0, -1)],
    ['nothing', () => Buffer.alloc(0)],
  ])('has no answer to %s', (_, spoil) => {
    const point = spoil(pointOf(generateKey(kind).spki));
    expect(key.agree(point)).toBeUndefined();
  });

  it.each(['sha256', 'sha384'] as const)(
    'makes %s signatures that its public key verifies',
    async (hash) => {
      const data = Buffer.from('data');
      const signature = await key.sign(data, hash);
      expect(verify(hash, data, publicKey(key.spki), signature)).toBe(true);
    },
  );

  it('cannot decrypt', () => {
    expect(() => key.decrypt(Buffer.alloc(256))).toThrow(/cannot decrypt/);
  });
});

describe('an RSA key', () => {
  const key = generateKey('rsa2048');

  it('decrypts OAEP with SHA-256 for both hash and mask', async () => {
    const options = { key: publicKey(key.spki), padding: constants.RSA_PKCS1_OAEP_PADDING };
    const sealed = publicEncrypt({ ...options, oaepHash: 'sha256' }, Buffer.from('key'));
    expect(Buffer.from((await key.decrypt(sealed)) ?? []).toString()).toBe('key');
    const weak = publicEncrypt({ ...options, oaepHash: 'sha1' }, Buffer.from('key'));
    expect(key.decrypt(weak)).toBeUndefined();
  });

  it('signs by PKCS#1 v1.5', async () => {
    const data = Buffer.from('data');
    const signature = await key.sign(data, 'sha256');
    expect(verify('sha256', data, publicKey(key.spki), signature)).toBe(true);
  });

  it('cannot agree', () => {
    expect(() => key.agree(Buffer.alloc(65))).toThrow(/cannot agree/);
  });
});

function publicKey(spki: Buffer) {
  return createPublicKey({ key: spki, format: 'der', type: 'spki' });
}

function compress(kind: keyof typeof CURVES, point: Buffer): Buffer {
  const half = (point.length - 1) / 2;
  const sign = ((point.at(-1) ?? 0) & 1) === 1 ? 3 : 2;
  const compressed = Buffer.concat([Buffer.of(sign), point.subarray(1, half + 1)]);
  expect(compressed.length).toBe(kind === 'p256' ? 33 : 49);
  return compressed;
}

function flipLast(point: Buffer): Buffer {
  const off = Buffer.from(point);
  off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
  return off;
}
