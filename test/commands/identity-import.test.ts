import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import { exportPkcs12 } from '../../src/identity/export.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { describeWithOpenssl, opensslOk } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

const authority = await makeAuthority({ intermediate: true });
const issuers = authority.chain.map(certificateToPem).join('');
const root = certificateToPem(authority.root);

function newAcme(env: Readonly<Record<string, string>> = {}): Home {
  return newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'none', ...env });
}

/** Makes a key, has it certified and gives the certificate in PEM. */
async function certified(home: Home, label: string): Promise<string> {
  const pem = await home.ok(['identity', 'create', '--label', label, '--csr', '-']);
  const [request] = readPem(pem);
  return certificateToPem(await authority.issueFor(request?.der ?? Buffer.alloc(0)));
}

interface Shown {
  readonly label: string;
  readonly status: string;
  readonly current: boolean;
  readonly encrypted: boolean;
  readonly chain: readonly object[];
}

async function shown(home: Home): Promise<readonly Shown[]> {
  const lines = (await home.ok(['identity', 'show', '--json'])).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Shown);
}

describe('msg identity import', () => {
  it('gives a certificate to the key that it was issued for, with its issuers', async () => {
    const home = newAcme();
    await home.ok(['identity', 'create', '--label', 'other']);
    const certificate = await certified(home, 'mine');
    const file = home.put('all.pem', root + certificate + issuers);
    expect(await home.ok(['identity', 'import', file])).toBe('mine\n');
    const [mine, other] = await shown(home);
    expect(mine).toMatchObject({ label: 'mine', status: 'active', current: true });
    expect(mine?.chain).toHaveLength(authority.chain.length);
    expect(other).toMatchObject({ label: 'other', status: 'pending', current: false });
  });

  it('changes nothing when it is repeated', async () => {
    const home = newAcme();
    const file = home.put('one.pem', await certified(home, 'one'));
    await home.ok(['identity', 'import', file]);
    const again = await home.run(['identity', 'import', file]);
    expect(again).toMatchObject({ code: 0, stdout: 'one\n' });
    expect(again.stderr).toContain('has this certificate already');
  });

  it('takes in issuers that were missing the first time, and loses none that are there', async () => {
    const home = newAcme();
    const certificate = await certified(home, 'one');
    await home.ok(['identity', 'import', home.put('alone.pem', certificate)]);
    expect((await shown(home))[0]?.chain).toEqual([]);
    const whole = home.put('whole.pem', certificate + issuers);
    const { code, stderr } = await home.run(['identity', 'import', whole]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('its issuers are new')]);
    expect((await shown(home))[0]?.chain).toHaveLength(authority.chain.length);
    await home.ok(['identity', 'import', home.put('alone.pem', certificate)]);
    expect((await shown(home))[0]?.chain).toHaveLength(authority.chain.length);
  });

  it('reads standard input', async () => {
    const home = newAcme();
    const stdin = await certified(home, 'one');
    expect(await home.ok(['identity', 'import', '-'], { stdin })).toBe('one\n');
  });

  it('leaves the choice of what signs alone when a second key is certified', async () => {
    const home = newAcme();
    for (const label of ['one', 'two']) {
      const file = home.put(`${label}.pem`, await certified(home, label));
      const { stderr } = await home.run(['identity', 'import', file]);
      expect(stderr.includes('msg rotate --label two')).toBe(label === 'two');
    }
    expect((await shown(home)).map(({ current }) => current)).toEqual([true, false]);
  });

  it('refuses a certificate for a key that is not here', async () => {
    const home = newAcme();
    await home.ok(['identity', 'create', '--label', 'one']);
    const { certificatePem } = await makePeer('acme', 'p256', { authority });
    const file = home.put('foreign.pem', certificatePem);
    const { code, stderr } = await home.run(['identity', 'import', file]);
    expect([code, stderr]).toEqual([4, expect.stringContaining('no key in')]);
    const labelled = await home.run(['identity', 'import', file, '--label', 'one']);
    expect([labelled.code, labelled.stderr]).toEqual([
      4,
      expect.stringContaining('not for the key one'),
    ]);
  });

  it('warns of a certificate that is past its time', async () => {
    const home = newAcme();
    const day = 86_400_000;
    const terms = { notBefore: Date.now() - 9 * day, notAfter: Date.now() - day };
    const { certificatePem, keyPem } = await makePeer('acme', 'p256', { authority, ...terms });
    const { stderr } = await home.run(['identity', 'import', '-'], {
      stdin: keyPem + certificatePem,
    });
    expect(stderr).toContain('the certificate expired at');
  });

  it('names a file that is not there, and one that holds nothing', async () => {
    const home = newAcme();
    const missing = await home.run(['identity', 'import', join(home.path, 'no.pem')]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('no such file')]);
    const empty = await home.run(['identity', 'import', home.put('empty', 'nothing')]);
    expect([empty.code, empty.stderr]).toEqual([4, expect.stringContaining('cannot be')]);
  });
});

describe('a private key that is imported', () => {
  it('comes out of PKCS#12 with its certificate, under the passphrase of the store', async () => {
    const { certificate, chain, key } = await makePeer('acme', 'rsa', { authority });
    const input = { certificate, chain, privateKey: key.privateKey, random: randomBytes };
    const p12 = await exportPkcs12({ ...input, passphrase: 'file secret' });
    const secrets = { FILE: 'file secret', STORE: 'store secret' };
    const home = newAcme({ ...secrets, MSG_KEY_PASSPHRASE: 'env:STORE' });
    const file = home.put('acme.p12', p12);
    const args = ['identity', 'import', file, '--label', 'old'];
    const wrong = await home.run([...args, '--passphrase', 'env:STORE']);
    expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringContaining('wrong passphrase')]);
    await home.ok([...args, '--passphrase', 'env:FILE']);
    const expected = { label: 'old', status: 'active', current: true, encrypted: true };
    expect(await shown(home)).toMatchObject([expected]);
    const exported = ['identity', 'export', 'old', '--key', '--export-passphrase', 'env:FILE'];
    expect(await home.ok(exported)).toContain('ENCRYPTED PRIVATE KEY');
  });

  it('waits for its certificate when it came alone, and gets its request from msg identity csr', async () => {
    const home = newAcme();
    const { keyPem } = await makePeer('acme');
    await home.ok(['identity', 'import', home.put('key.pem', keyPem), '--label', 'own']);
    const pem = await home.ok(['identity', 'csr', 'own', '--dns', 'acme.example']);
    expect(await home.ok(['identity', 'csr'])).toBe(pem);
    const [request] = readPem(pem);
    const certificate = await authority.issueFor(request?.der ?? Buffer.alloc(0));
    const stdin = certificateToPem(certificate);
    expect(await home.ok(['identity', 'import', '-'], { stdin })).toBe('own\n');
  });

  it('is not kept twice', async () => {
    const home = newAcme();
    const { keyPem } = await makePeer('acme');
    const file = home.put('key.pem', keyPem);
    await home.ok(['identity', 'import', file, '--label', 'own']);
    expect(await home.ok(['identity', 'import', file])).toBe('own\n');
    const { code, stderr } = await home.run(['identity', 'import', file, '--label', 'new']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('already, as own')]);
  });

  it('is not asked for without a terminal: the flag is named', async () => {
    const { certificate, key } = await makePeer('acme');
    const input = { certificate, privateKey: key.privateKey, random: randomBytes };
    const home = newAcme();
    const file = home.put('acme.p12', await exportPkcs12({ ...input, passphrase: 'secret' }));
    const { code, stderr } = await home.run(['identity', 'import', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--passphrase and file:PATH')]);
  });
});

describe('msg identity csr', () => {
  it('needs to be told which, when several keys wait', async () => {
    const home = newAcme();
    expect((await home.run(['identity', 'csr'])).stderr).toContain('no key waits');
    await home.ok(['identity', 'create', '--label', 'one']);
    await home.ok(['identity', 'create', '--label', 'two']);
    const { code, stderr } = await home.run(['identity', 'csr']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('one, two')]);
    const file = join(home.path, 'two.csr');
    await home.ok(['identity', 'csr', 'two', '-o', file]);
    const kept = readFileSync(join(home.path, 'data/default/keys/two/request.csr'), 'utf8');
    expect(readFileSync(file, 'utf8')).toBe(kept);
    expect((await home.run(['identity', 'csr', 'two', '-o', file])).code).toBe(2);
  });

  it('makes no other request for a key that has its certificate', async () => {
    const home = newAcme();
    const file = home.put('one.pem', await certified(home, 'one'));
    await home.ok(['identity', 'import', file]);
    const { code, stderr } = await home.run(['identity', 'csr', 'one', '--subject', 'CN=new']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('msg identity create')]);
  });
});

describeWithOpenssl('what OpenSSL has put together', () => {
  it('comes in as PKCS#7 and as PKCS#12 without a passphrase', async () => {
    const home = newAcme();
    const { certificatePem, keyPem } = await makePeer('acme', 'p256', { authority });
    const pem = home.put('all.pem', keyPem + certificatePem + issuers);
    const p12 = join(home.path, 'a.p12');
    const p7b = join(home.path, 'a.p7b');
    opensslOk(['pkcs12', '-export', '-in', pem, '-out', p12, '-passout', 'pass:']);
    opensslOk(['crl2pkcs7', '-nocrl', '-certfile', pem, '-outform', 'DER', '-out', p7b]);
    const key = home.put('key.pem', keyPem);
    await home.ok(['identity', 'import', key, p7b, '--label', 'seven']);
    expect(await home.ok(['identity', 'import', p12, '--passphrase', 'none'])).toBe('seven\n');
    expect((await shown(home))[0]?.chain).toHaveLength(authority.chain.length);
  });
});
