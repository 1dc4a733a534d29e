import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../src/identity/key-file.js';
import type { PassphraseSource } from '../../src/identity/private-key.js';
import { KEY_TYPES, generateKey } from '../../src/identity/software-key.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { suiteDirectory } from '../support/suite-directory.js';

const files = suiteDirectory();
let count = 0;
const fresh = (): string => join(files.path, 'keys', `${++count}`, 'key.pem');
const given =
  (passphrase: string | undefined): PassphraseSource =>
  () =>
    Promise.resolve(passphrase);
const never: PassphraseSource = () => Promise.reject(new Error('asked for a passphrase'));

const options = { passphrase: 'correct horse ü', random: randomBytes };

describeWithOpenssl('key files', () => {
  it.each(KEY_TYPES)('keep a %s key that OpenSSL opens with the passphrase', async (type) => {
    const [path, key] = [fresh(), generateKey(type)];
    await writeKeyFile(path, key, options);
    const args = ['pkey', '-in', path, '-passin', `pass:${options.passphrase}`, '-pubout'];
    const spki = openssl([...args, '-outform', 'DER']).stdout;
    expect(spki).toEqual(key.spki);
  });

  it('are encrypted by scrypt with N=32768, r=7, p=3 and AES-256-CBC', async () => {
    const path = fresh();
    await writeKeyFile(path, generateKey(), options);
    const structure = opensslOk(['asn1parse', '-in', path]);
    expect(structure).toMatch(
      /:PBES2[\s\S]*:scrypt[\s\S]*INTEGER +:8000\n.*INTEGER +:07\n.*INTEGER +:03\n[\s\S]*:aes-256-cbc/,
    );
  });

  it('come back as the same key', async () => {
    const [path, key] = [fresh(), generateKey('p384')];
    await writeKeyFile(path, key, options);
    const again = await readKeyFile(path, given(options.passphrase));
    expect(again.spki).toEqual(key.spki);
  });

  it('do not ask for a passphrase when there is none', async () => {
    const [path, key] = [fresh(), generateKey()];
    await writeKeyFile(path, key, { random: randomBytes });
    expect((await readKeyFile(path, never)).spki).toEqual(key.spki);
  });

  it('are 0600 in directories that are 0700, with nothing left beside them', async () => {
    const path = fresh();
    await writeKeyFile(path, generateKey(), options);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(['key.pem']);
  });

  it('are not replaced unless forced', async () => {
    const [path, key] = [fresh(), generateKey()];
    await writeKeyFile(path, generateKey(), options);
    const before = readFileSync(path);
    await expect(writeKeyFile(path, key, options)).rejects.toMatchObject({ code: 'file-exists' });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dirname(path))).toEqual(['key.pem']);
    await writeKeyFile(path, key, { ...options, force: true });
    expect((await readKeyFile(path, given(options.passphrase))).spki).toEqual(key.spki);
  });

  it.each([0o640, 0o604, 0o660])(
    'are refused when others may read them (mode %o)',
    async (mode) => {
      const path = fresh();
      await writeKeyFile(path, generateKey(), options);
      chmodSync(path, mode);
      const refusal = { code: 'key-refused', hint: `chmod 600 ${path}` };
      await expect(readKeyFile(path, never)).rejects.toMatchObject(refusal);
    },
  );

  it('tell a wrong passphrase from a missing one', async () => {
    const path = fresh();
    await writeKeyFile(path, generateKey(), options);
    for (const [passphrase, message] of [
      ['wrong', /wrong passphrase/],
      [undefined, /no passphrase/],
    ] as const) {
      const reading = readKeyFile(path, given(passphrase));
      await expect(reading).rejects.toMatchObject({ code: 'passphrase' });
      await expect(reading).rejects.toThrow(message);
      await expect(reading).rejects.not.toThrow(/horse/);
    }
  });

  it('say so when they do not exist', async () => {
    const path = fresh();
    await expect(readKeyFile(path, never)).rejects.toMatchObject({ code: 'key-missing' });
    expect(existsSync(path)).toBe(false);
  });
});

describeWithOpenssl('keys that OpenSSL made', () => {
  const ec = generateKey();
  const rsa = generateKey('rsa2048');
  const source = files.put('ec.pem', ec.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const rsaSource = files.put('rsa.pem', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const pkcs8 = ['pkcs8', '-topk8', '-in', source, '-passout', 'pass:secret'];
  const pkey = ['pkey', '-in', source, '-traditional'];

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['PKCS#8 with scrypt', [...pkcs8, '-scrypt']],
    ['PKCS#8 with PBKDF2 and HMAC-SHA-256', [...pkcs8, '-v2', 'aes-128-cbc']],
    [
      'PKCS#8 with PBKDF2 and HMAC-SHA-1',
      [...pkcs8, '-v2', 'aes-192-cbc', '-v2prf', 'hmacWithSHA1'],
    ],
    ['PKCS#8 with PBKDF2 and HMAC-SHA-512', [...pkcs8, '-v2', 'des3', '-v2prf', 'hmacWithSHA512']],
    ['PKCS#8 with 3DES after PKCS#12', [...pkcs8, '-v1', 'PBE-SHA1-3DES']],
    ['encrypted PKCS#8 in DER', [...pkcs8, '-outform', 'DER']],
    ['PKCS#8', ['pkcs8', '-topk8', '-nocrypt', '-in', source]],
    ['PKCS#8 in DER', ['pkcs8', '-topk8', '-nocrypt', '-in', source, '-outform', 'DER']],
    ['EC PRIVATE KEY', pkey],
    ['an encrypted EC PRIVATE KEY', [...pkey, '-aes256', '-passout', 'pass:secret']],
  ];

  it.each(cases)('are read: %s', async (_, args) => {
    const file = files.put(`openssl-${++count}.pem`, openssl(args).stdout);
    expect((await readKeyFile(file, given('secret'))).spki).toEqual(ec.spki);
  });

  it.each([
    ['RSA PRIVATE KEY', []],
    ['an encrypted RSA PRIVATE KEY', ['-aes128', '-passout', 'pass:secret']],
  ])('are read: %s', async (_, more) => {
    const { stdout } = openssl(['pkey', '-in', rsaSource, '-traditional', ...more]);
    const file = files.put(`openssl-${++count}.pem`, stdout);
    expect((await readKeyFile(file, given('secret'))).spki).toEqual(rsa.spki);
  });

  it('are read with the curve in front, as openssl ecparam writes them', async () => {
    const { stdout } = openssl(['ecparam', '-name', 'prime256v1', '-genkey']);
    const file = files.put(`openssl-${++count}.pem`, stdout);
    expect(stdout.toString()).toContain('EC PARAMETERS');
    const { spki } = await readKeyFile(file, never);
    expect(spki.length).toBe(91);
  });

  it.each(cases.filter(([name]) => /with|encrypted/.test(name)))(
    'are refused under a wrong passphrase: %s',
    async (_, args) => {
      const file = files.put(`openssl-${++count}.pem`, openssl(args).stdout);
      const reading = readKeyFile(file, given('wrong'));
      await expect(reading).rejects.toMatchObject({ code: 'passphrase' });
    },
  );

  it.each([
    ['Ed25519', ['genpkey', '-algorithm', 'ed25519'], /type ed25519/],
    [
      'secp256k1',
      ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
      /secp256k1/,
    ],
    ['RSA-1024', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'], /1024 bits/],
    ['a certificate request', ['req', '-new', '-key', source, '-subj', '/CN=a'], /no private key/],
    [
      'single DES',
      [...pkcs8, '-v1', 'PBE-MD5-DES', '-provider', 'legacy', '-provider', 'default'],
      /unsupported/,
    ],
  ])('are refused with a reason: %s', async (_, args, message) => {
    const { stdout } = openssl(args);
    const file = files.put(`openssl-${++count}.pem`, stdout);
    const reading = readKeyFile(file, given('secret'));
    await expect(reading).rejects.toMatchObject({ code: 'key-refused' });
    await expect(reading).rejects.toThrow(message);
  });
});
