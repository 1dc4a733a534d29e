import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import type { ErrorCode } from '../../src/errors.js';
import { readMaterial, type ImportFile } from '../../src/identity/import.js';
import { encodePrivateKey } from '../../src/identity/private-key.js';
import { generateKey } from '../../src/identity/software-key.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { describeWithOpenssl, openssl } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { suiteDirectory } from '../support/suite-directory.js';

const files = suiteDirectory();
const authority = await makeAuthority({ intermediate: true });
const alice = await makePeer('alice', 'p256', { authority });
const [intermediate] = authority.chain;
const rootPem = certificateToPem(authority.root);
const intermediatePem = authority.chain.map(certificateToPem).join('');

const file = (content: string | Uint8Array, name = 'file'): ImportFile => ({
  name,
  bytes: Buffer.from(content),
});
const never = () => Promise.reject(new Error('asked for a passphrase'));
const fingerprints = (all: readonly Certificate[] | undefined) =>
  all?.map((one) => one.fingerprint);

type Refusal = readonly [string, () => string | Promise<string>, ErrorCode, RegExp];

const refusals: readonly Refusal[] = [
  [
    'a key and the certificate of another',
    async () => alice.keyPem + (await makePeer('x')).certificatePem,
    'certificate-own',
    /for the private key/,
  ],
  [
    'two end entities without a key',
    async () => alice.certificatePem + (await makePeer('x')).certificatePem,
    'certificate-own',
    /more than one/,
  ],
  ['two authorities', () => rootPem + intermediatePem, 'certificate-own', /none of the/],
  [
    'two keys',
    async () => alice.keyPem + (await makePeer('x')).keyPem,
    'key-refused',
    /2 private keys/,
  ],
  [
    'neither key nor certificate',
    () => writePem('X509 CRL', Buffer.of(0x30, 0)),
    'key-refused',
    /neither/,
  ],
  ['an empty file', () => '', 'key-refused', /cannot be/],
  ['text', () => 'hello, world', 'key-refused', /cannot be/],
  [
    'a damaged certificate',
    () => writePem('CERTIFICATE', alice.certificate.der.subarray(0, 99)),
    'key-refused',
    /not a certificate/,
  ],
  [
    'an Ed25519 key',
    () =>
      writePem(
        'PRIVATE KEY',
        Buffer.from(`302e020100300506032b657004220420${'11'.repeat(32)}`, 'hex'),
      ),
    'key-refused',
    /ed25519/,
  ],
];

describe('importing PEM and DER', () => {
  it.each([
    ['in order', [alice.certificatePem, intermediatePem, rootPem]],
    ['the root first', [rootPem, intermediatePem, alice.certificatePem]],
    ['with repetitions', [rootPem, alice.certificatePem, rootPem, intermediatePem]],
  ])('sorts a chain that comes %s', async (_, parts) => {
    const { certificates } = await readMaterial([file(parts.join(''))], never);
    expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
    expect(fingerprints(certificates?.chain)).toEqual([intermediate?.fingerprint]);
    expect(certificates?.root?.fingerprint).toBe(authority.root.fingerprint);
    expect(certificates?.unrelated).toEqual([]);
  });

  it('finds the key, the certificate and the chain in one file or in three', async () => {
    const parts = [intermediatePem, alice.keyPem, alice.certificatePem];
    for (const files of [[file(parts.join('\n'))], parts.map((part) => file(part))]) {
      const { key, certificates } = await readMaterial(files, never);
      expect(key?.spki).toEqual(alice.key.spki);
      expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
    }
  });

  it('takes the certificate of the key and not another end entity that came along', async () => {
    const bob = await makePeer('bob', 'p256', { authority });
    const all = bob.certificatePem + alice.keyPem + alice.certificatePem;
    const { certificates } = await readMaterial([file(all)], never);
    expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
    expect(fingerprints(certificates?.unrelated)).toEqual([bob.certificate.fingerprint]);
  });

  it('takes the newest certificate of a key that has several', async () => {
    const terms = { subject: 'CN=alice', spki: alice.key.spki };
    const older = await authority.issue({ ...terms, notBefore: Date.now() - 86_400_000 });
    const all = certificateToPem(older) + alice.certificatePem + alice.keyPem;
    const { certificates } = await readMaterial([file(all)], never);
    expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
  });

  it('is not taken in by an issuer that only has the right name', async () => {
    const impostor = await makeAuthority({ intermediate: true });
    const pem = impostor.chain.map(certificateToPem).join('') + alice.certificatePem;
    const { certificates } = await readMaterial([file(pem)], never);
    expect(certificates?.chain).toEqual([]);
    expect(certificates?.unrelated).toHaveLength(1);
  });

  it('reads DER: a certificate, a key, an encrypted key', async () => {
    const pkcs8 = alice.key.privateKey.export({ format: 'der', type: 'pkcs8' });
    const pem = await encodePrivateKey(alice.key.privateKey, 'secret', randomBytes);
    const encrypted = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
    for (const der of [pkcs8, encrypted]) {
      const files = [file(alice.certificate.der), file(der)];
      const { key, certificates } = await readMaterial(files, () => Promise.resolve('secret'));
      expect(key?.spki).toEqual(alice.key.spki);
      expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
    }
  });

  it.each(refusals)('refuses %s', async (_, make, code, message) => {
    const reading = readMaterial([file(await make())], never);
    await expect(reading).rejects.toMatchObject({ code });
    await expect(reading).rejects.toThrow(message);
  });

  it('asks for a passphrase and tells a wrong one', async () => {
    const pem = await encodePrivateKey(generateKey().privateKey, 'secret', randomBytes);
    for (const answer of [undefined, 'wrong']) {
      const reading = readMaterial([file(pem, 'old.key')], () => Promise.resolve(answer));
      await expect(reading).rejects.toMatchObject({ code: 'passphrase' });
      await expect(reading).rejects.toThrow(/old\.key/);
    }
  });
});

describeWithOpenssl('importing a bundle that OpenSSL made', () => {
  it.each(['PEM', 'DER'])('finds the certificate and its chain in PKCS#7: %s', async (form) => {
    const source = files.put('chain.pem', rootPem + intermediatePem + alice.certificatePem);
    const args = ['crl2pkcs7', '-nocrl', '-certfile', source, '-outform', form];
    const { certificates } = await readMaterial([file(openssl(args).stdout)], never);
    expect(certificates?.certificate.fingerprint).toBe(alice.certificate.fingerprint);
    expect(fingerprints(certificates?.chain)).toEqual([intermediate?.fingerprint]);
  });
});
