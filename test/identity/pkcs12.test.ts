import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Asn1Reader, contentOf, encodingOf } from '../../src/asn1/reader.js';
import { octetString } from '../../src/asn1/writer.js';
import type { MsgError } from '../../src/errors.js';
import { exportPkcs12 } from '../../src/identity/export.js';
import { readMaterial } from '../../src/identity/import.js';
import { readPkcs12 } from '../../src/identity/pkcs12.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { describeWithOpenssl, openssl } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { suiteDirectory } from '../support/suite-directory.js';
import { describeWithVectors, listVectors, readVector } from '../support/vectors.js';

const files = suiteDirectory();
const given = (passphrase: string | undefined) => () => Promise.resolve(passphrase);
const authority = await makeAuthority({ intermediate: true });
const chainPem = authority.chain.map(certificateToPem).join('');

/** The passwords of the files of pyca/cryptography, by their names. */
function passwordOf(name: string): string | undefined {
  if (name.includes('no-pwd') || name === 'no-password.p12') return undefined;
  return name.includes('pwd') ? 'password' : 'cryptography';
}

describeWithVectors('pkcs12')('the PKCS#12 files of pyca/cryptography', () => {
  const names = listVectors('pkcs12', '.p12');

  it('are all there', () => {
    expect(names).toHaveLength(30);
  });

  it.each(names)('%s is opened, with what its name says', async (name) => {
    const input = { name, bytes: readVector('pkcs12', name) };
    const { key, certificates } = await readMaterial([input], given(passwordOf(name)));
    const hasKey = !/no-key|no-cert-(no-)?name/.test(name);
    expect(key?.kind).toBe(hasKey ? 'p256' : undefined);
    expect(certificates === undefined).toBe(name === 'no-cert-key-aes256cbc.p12');
    const extra = /^(no-)?name-/.test(name) ? 2 : name.startsWith('no-cert-n') ? 1 : 0;
    expect(certificates?.unrelated.length ?? 0).toBe(extra);
  });

  it.each(names)('%s is refused under a wrong passphrase', async (name) => {
    const input = { name, bytes: readVector('pkcs12', name) };
    const reading = readMaterial([input], given('wrong'));
    await expect(reading).rejects.toMatchObject({ code: 'passphrase' });
  });

  it.each(names.filter((name) => passwordOf(name) !== undefined))(
    '%s is refused without one',
    async (name) => {
      const reading = readMaterial([{ name, bytes: readVector('pkcs12', name) }], given(undefined));
      await expect(reading).rejects.toThrow(/is encrypted and there is no passphrase/);
    },
  );
});

describeWithVectors('pkits')('the PKCS#12 files of PKITS', () => {
  const name = 'GoodCACert.p12';

  it('are opened: RC2-40 and 3DES around RSA keys', async () => {
    const [folder = ''] = ['pkits/pkcs12', 'pkits'].filter(
      (one) => listVectors(one, name).length > 0,
    );
    const input = { name, bytes: readVector(folder, name) };
    const { key, certificates } = await readMaterial([input], given('password'));
    expect(key?.kind).toBe('rsa');
    expect(certificates?.certificate.keyKind).toBe('rsa');
  });
});

describeWithOpenssl('PKCS#12 files that OpenSSL made', async () => {
  const peers = [
    await makePeer('alice', 'p384', { authority }),
    await makePeer('bob', 'rsa', { authority }),
  ];
  const legacy = ['-legacy'];
  it.each([
    ['its defaults', []],
    ['its legacy defaults', legacy],
    ['a SHA-512 MAC', ['-macalg', 'sha512']],
    ['a SHA-384 MAC', ['-macalg', 'sha384']],
    ['an MD5 MAC', ['-macalg', 'md5']],
    ['3DES throughout', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES']],
    ['two-key 3DES', ['-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES']],
    ['128-bit RC2', [...legacy, '-certpbe', 'PBE-SHA1-RC2-128']],
    ['no encryption', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
  ])('are opened: %s', async (_, options) => {
    for (const { name, keyPem, certificatePem, certificate, key } of peers) {
      const source = files.put(`${name}.pem`, keyPem + certificatePem + chainPem);
      const args = ['pkcs12', '-export', '-in', source, '-passout', 'pass:pä€ss', ...options];
      const input = { name, bytes: openssl(args).stdout };
      const material = await readMaterial([input], given('pä€ss'));
      expect(material.key?.spki).toEqual(key.spki);
      expect(material.certificates?.certificate.fingerprint).toBe(certificate.fingerprint);
      expect(material.certificates?.chain).toHaveLength(1);
    }
  });

  it.each([
    ['RC4', [...legacy, '-certpbe', 'PBE-SHA1-RC4-128'], /unsupported encryption scheme 1\.2\./],
    ['Camellia', ['-certpbe', 'camellia-256-cbc'], /unsupported PBES2 cipher 1\.2\./],
    ['a SHA-224 MAC', ['-macalg', 'sha224'], /unsupported kind of MAC 2\.16\./],
    ['no MAC', ['-nomac'], /no MAC/],
    ['a million iterations too many', ['-iter', '2000000'], /iteration count/],
  ])(
    'are refused with the reason and the command that makes a readable file: %s',
    async (label, options, message) => {
      const pem = (peers[0]?.keyPem ?? '') + (peers[0]?.certificatePem ?? '');
      const source = files.put('alice.pem', pem);
      const args = ['pkcs12', '-export', '-in', source, '-passout', 'pass:secret', ...options];
      const name = files.put(`${label}'s file.p12`, openssl(args).stdout);
      const error = await refusal(readMaterial([fileAt(name)], given('secret')));
      expect(error).toMatchObject({ code: 'key-refused' });
      expect(error.message).toMatch(message);
      const material = await readMaterial(
        [fileAt(convert(error, '-passin pass:secret -passout pass:secret'))],
        given('secret'),
      );
      expect(material.key?.spki).toEqual(peers[0]?.key.spki);
    },
  );
});

/** Runs the command of a refusal's hint in a shell; returns the file that it makes. */
function convert(error: MsgError, passwords: string): string {
  const command = error.hint?.replace(/^.*?: /, '') ?? '';
  const args = `${command} ${passwords}`;
  const shell = spawnSync('/bin/sh', ['-c', `${args}; set -- ${args}; for a; do echo "$a"; done`]);
  const words = shell.stdout.toString().split('\n');
  const at = words.findIndex((word) => word === '-out' || word === '-destkeystore');
  return words[at + 1] ?? '';
}

const fileAt = (name: string) => ({ name, bytes: readFileSync(name) });

const refusal = (reading: Promise<unknown>): Promise<MsgError> =>
  reading.then(
    () => expect.fail('it was opened'),
    (error: unknown) => error as MsgError,
  );

const hasKeytool = spawnSync('keytool', ['-help']).status === 0;

describe.skipIf(!hasKeytool && process.env['CI'] !== 'true')('key stores of Java', () => {
  it('are refused with the command that makes PKCS#12 of them, which is opened', async () => {
    const name = join(files.path, 'java keys.jks');
    const passwords = ['-storepass', 'secret1', '-keypass', 'secret1'];
    const made = spawnSync('keytool', [
      ...['-genkeypair', '-storetype', 'JKS', '-keystore', name, '-alias', 'a', ...passwords],
      ...['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=a'],
    ]);
    expect(made.status).toBe(0);
    const error = await refusal(readMaterial([fileAt(name)], given('secret1')));
    expect(error).toMatchObject({ code: 'key-refused' });
    const file = convert(error, '-srcstorepass secret1 -deststorepass secret1');
    const material = await readMaterial([fileAt(file)], given('secret1'));
    expect(material.key?.kind).toBe('p256');
  });
});

describe('a file of another kind', () => {
  it.each(['', 'no key', '\0\0\0'])('is refused without a command: %j', async (text) => {
    const reading = readMaterial([{ name: 'x.p12', bytes: Buffer.from(text) }], given('secret'));
    const { code, hint } = await refusal(reading);
    expect([code, hint]).toEqual(['key-refused', expect.not.stringContaining('openssl pkcs12')]);
  });
});

describe('a PKCS#12 file', async () => {
  const { certificate, key } = await makePeer('alice', 'p256', { authority });
  const input = {
    certificate,
    privateKey: key.privateKey,
    passphrase: 'secret',
    random: randomBytes,
  };
  const der = await exportPkcs12(input);

  it('is opened in BER with indefinite lengths and a string in segments', async () => {
    const pfx = new Asn1Reader(der).enter(0x30);
    const version = encodingOf(pfx.take());
    const info = pfx.enter(0x30);
    const type = encodingOf(info.take());
    const safe = contentOf(info.enter(0xa0).take());
    const open = (tag: number, ...parts: Uint8Array[]) =>
      Buffer.concat([Buffer.of(tag, 0x80), ...parts, Buffer.of(0, 0)]);
    const segments = open(
      0x24,
      octetString(safe.subarray(0, 100)),
      octetString(safe.subarray(100)),
    );
    const ber = open(0x30, version, open(0x30, type, open(0xa0, segments)), encodingOf(pfx.take()));
    const content = await readPkcs12(ber, 'secret');
    expect(content.certificates).toEqual([Buffer.from(certificate.der)]);
  });

  it('is refused when a byte of it was changed anywhere', async () => {
    for (const at of [60, 300, Math.floor(der.length / 2), der.length - 100]) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(readPkcs12(changed, 'secret')).rejects.toThrow();
    }
  });

  it('is refused when it is cut off', async () => {
    await expect(readPkcs12(der.subarray(0, -1), 'secret')).rejects.toThrow();
  });
});
