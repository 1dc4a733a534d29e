import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateToPem } from '../../src/x509/pem.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

const authority = await makeAuthority({ intermediate: true });
const acme = await makePeer('acme', 'p256', { authority });
const chain = authority.chain.length;

/** A home with one certified key, `one`, under the passphrase in STORE. */
async function newAcme(): Promise<Home> {
  const secrets = { STORE: 'store secret', EXPORT: 'export secret' };
  const home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:STORE', ...secrets });
  const pem =
    acme.certificatePem + acme.keyPem + acme.authority.chain.map(certificateToPem).join('');
  await home.ok(['identity', 'import', home.put('all.pem', pem), '--label', 'one']);
  return home;
}

const exportOne = ['identity', 'export', 'one'];
const withKey = [...exportOne, '--key', '--export-passphrase', 'env:EXPORT'];

describeWithOpenssl('msg identity export, judged by OpenSSL', () => {
  it('writes PKCS#12 with key and chain under the passphrase of the export', async () => {
    const home = await newAcme();
    const file = join(home.path, 'acme.p12');
    await home.ok([...withKey, '--as', 'pkcs12', '-o', file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const open = ['pkcs12', '-in', file, '-nodes', '-passin'];
    const text = opensslOk([...open, 'pass:export secret']);
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(1 + chain);
    expect(text).toContain('friendlyName: one');
    const spki = openssl(['pkey', '-pubout', '-outform', 'DER'], text).stdout;
    expect(spki).toEqual(acme.key.spki);
    expect(openssl([...open, 'pass:store secret']).status).not.toBe(0);
  });

  it('writes PEM with the key encrypted', async () => {
    const home = await newAcme();
    const pem = await home.ok([...withKey, '--as', 'pem']);
    const args = ['pkey', '-passin', 'pass:export secret', '-pubout', '-outform', 'DER'];
    expect(openssl(args, pem).stdout).toEqual(acme.key.spki);
  });

  it('writes the certificate alone as DER', async () => {
    const home = await newAcme();
    const file = join(home.path, 'acme.der');
    await home.ok([...exportOne, '--as', 'der', '-o', file]);
    expect(opensslOk(['x509', '-inform', 'DER', '-in', file, '-noout', '-subject'])).toContain(
      'CN = acme',
    );
  });
});

describe('msg identity export', () => {
  it('gives out certificates only, and asks for no passphrase, unless the key is asked for', async () => {
    const home = await newAcme();
    const pem = await home.ok(['--key-passphrase', 'env:NOWHERE', ...exportOne]);
    expect(pem.match(/BEGIN [A-Z ]+/g)).toEqual(Array(1 + chain).fill('BEGIN CERTIFICATE'));
  });

  it('gives out no key when the passphrase of the store is wrong', async () => {
    const home = await newAcme();
    const file = join(home.path, 'acme.pem');
    const { code, stdout, stderr } = await home.run([
      ...['--key-passphrase', 'env:EXPORT'],
      ...[...withKey, '-o', file],
    ]);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('wrong passphrase');
    expect(stderr).not.toContain('secret');
    expect(existsSync(file)).toBe(false);
  });

  it('protects a key always', async () => {
    const home = await newAcme();
    const asked = await home.run([...exportOne, '--key']);
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringContaining('--export-passphrase and file:PATH'),
    ]);
    const none = await home.run([...exportOne, '--key', '--export-passphrase', 'none']);
    expect([none.code, none.stdout]).toEqual([2, '']);
    const der = await home.run([...withKey, '--as', 'der']);
    expect([der.code, der.stderr]).toEqual([2, expect.stringContaining('--as pkcs12')]);
  });

  it('keeps binary off a terminal unless told to put it there', async () => {
    const home = await newAcme();
    const terminals = ['stdout'] as const;
    const args = [...exportOne, '--as', 'der'];
    const refused = await home.run(args, { terminals });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('-o FILE');
    expect((await home.run([...args, '-o', '-'], { terminals })).stdout).not.toBe('');
  });

  it('replaces a file only when forced', async () => {
    const home = await newAcme();
    const file = home.put('acme.pem', 'mine');
    const { code, stderr } = await home.run([...exportOne, '-o', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--force')]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await home.ok([...exportOne, '-o', file, '--force']);
    expect(readFileSync(file, 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('says so when the file cannot be written, the key is unknown or not certified', async () => {
    const home = await newAcme();
    const file = home.put('file', '');
    const unwritable = await home.run([...exportOne, '-o', join(file, 'below')]);
    expect([unwritable.code, unwritable.stderr]).toEqual([
      2,
      expect.stringContaining('cannot write'),
    ]);
    expect((await home.run(['identity', 'export', 'two'])).code).toBe(4);
    await home.ok(['identity', 'create', '--label', 'two', '--no-passphrase']);
    const { code, stderr } = await home.run(['identity', 'export', 'two']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('no certificate yet')]);
  });
});
