import { createECDH, createHmac, createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { Asn1Error, Asn1Reader } from '../../src/asn1/reader.js';
import { chunkWrappingKey, deriveKey } from '../../src/envelope/chunk-key.js';
import { unwrapKey, wrapKey } from '../../src/envelope/content-key.js';
import { softwareKey, type SoftwareKey } from '../../src/identity/software-key.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { readPublicKeyInfo } from '../../src/x509/public-key-info.js';
import { describeWithVectors, readVector } from '../support/vectors.js';

/** A Wycheproof file as far as these tests read it. */
interface Vectors<G, T> {
  readonly testGroups: readonly (G & { readonly tests: readonly (Verdict & T)[] })[];
}

interface Verdict {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

function read<G, T>(name: string): Vectors<G, T>['testGroups'] {
  return (JSON.parse(readVector('wycheproof', name).toString()) as Vectors<G, T>).testGroups;
}

/** The result, or undefined when it was refused. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

describeWithVectors('wycheproof')("Wycheproof's vectors", () => {
  it('for AES key wrap agree with 256-bit keys, and no other key is ever unwrapped', () => {
    const groups = read<{ keySize: number }, { key: string; msg: string; ct: string }>(
      'aes_wrap_test.json',
    );
    const tests = groups.flatMap(({ keySize, tests }) => (keySize === 256 ? tests : []));
    let unwrapped = 0;
    for (const { tcId, key, msg, ct, result } of tests) {
      const isForUs = result === 'valid' && hex(msg).length === 32;
      const found = attempt(() => unwrapKey(hex(key), hex(ct)))?.toString('hex');
      expect({ tcId, found }).toEqual({ tcId, found: isForUs ? msg : undefined });
      if (!isForUs) continue;
      unwrapped++;
      expect(wrapKey(hex(key), hex(msg)).toString('hex')).toBe(ct);
    }
    expect([tests.length, unwrapped]).toEqual([68, 4]);
  });

  it('for ECDH on P-256 agree, with every point that is not plain refused', () => {
    const groups = read<{ curve: string }, { public: string; private: string; shared: string }>(
      'ecdh_secp256r1_test.json',
    );
    const tests = groups.flatMap((group) => group.tests);
    for (const { tcId, public: spki, private: scalar, shared, result } of tests) {
      const found = attempt(() => agree(hex(spki), scalar))?.toString('hex');
      if (result === 'valid') expect({ tcId, found }).toEqual({ tcId, found: shared });
      if (result === 'invalid') expect({ tcId, found }).toEqual({ tcId, found: undefined });
      if (found !== undefined) expect({ tcId, found }).toEqual({ tcId, found: shared });
    }
  });

  it('for RSA-OAEP with SHA-256 agree, an empty label given', () => {
    const groups = read<{ privateKeyPkcs8: string }, { msg: string; ct: string; label: string }>(
      'rsa_oaep_2048_sha256_mgf1sha256_test.json',
    );
    for (const { privateKeyPkcs8, tests } of groups) {
      const key = createPrivateKey({ key: hex(privateKeyPkcs8), format: 'der', type: 'pkcs8' });
      const own = softwareKey(key);
      for (const { tcId, msg, ct, label, result } of tests) {
        const expected = result === 'valid' && label === '' ? msg : undefined;
        const found = attempt(() =>
          Buffer.from(own.decrypt(hex(ct)) as Uint8Array).toString('hex'),
        );
        expect({ tcId, found }).toEqual({ tcId, found: expected });
      }
    }
  });

  it('for HKDF with SHA-256 agree, and no more is derived than there is', () => {
    const groups = read<
      object,
      { ikm: string; salt: string; info: string; size: number; okm: string }
    >('hkdf_sha256_test.json');
    const tests = groups.flatMap((group) => group.tests);
    for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
      const derivation = { salt: hex(salt), info: hex(info), length: size };
      const found = attempt(() => Buffer.from(deriveKey(hex(ikm), derivation)).toString('hex'));
      expect({ tcId, found }).toEqual({ tcId, found: result === 'valid' ? okm : undefined });
    }
    expect(tests).toHaveLength(86);
  });
});

it('wraps each chunk with a key that is HKDF of the file key, salted with the file, over its place', () => {
  const [fileKey, fileId] = [Buffer.alloc(32, 7), Buffer.alloc(16, 9)];
  const hmac = (key: Buffer, data: Buffer): Buffer =>
    createHmac('sha256', key).update(data).digest();
  const info = Buffer.concat([Buffer.from('msg/v1 chunk'), Buffer.of(0, 0, 1, 2, 1)]);
  const expected = hmac(hmac(fileId, fileKey), Buffer.concat([info, Buffer.of(1)]));
  const found = chunkWrappingKey({ fileId, fileKey }, { index: 258, isLast: true });
  expect(Buffer.from(found).equals(expected)).toBe(true);
});

/** The shared secret of a public key as a certificate brings it and a private scalar. */
function agree(spki: Buffer, scalar: string): Buffer {
  const { ecPoint } = pointOf(spki);
  if (ecPoint === undefined) throw new Error('no plain point of the profile');
  return Buffer.from(keyFrom(scalar).agree(ecPoint) as Uint8Array);
}

function pointOf(spki: Buffer): { ecPoint: Uint8Array | undefined } {
  try {
    return readPublicKeyInfo(new Asn1Reader(spki));
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof CertificateError) throw error;
    throw new Error('refused because of a mistake in the program', { cause: error });
  }
}

function keyFrom(scalar: string): SoftwareKey {
  const d = hex(scalar.slice(-64).padStart(64, '0'));
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const key = {
    ...{ kty: 'EC', crv: 'P-256', d: d.toString('base64url') },
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  return softwareKey(createPrivateKey({ key, format: 'jwk' }));
}
