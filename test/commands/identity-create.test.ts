import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithOpenssl, opensslOk } from '../support/openssl.js';
import { newHome } from '../support/run.js';

const PASSPHRASE = 'correct horse battery';
const create = ['identity', 'create', '--label', 'one'];
const keysOf = (home: { path: string }) => join(home.path, 'data/default/keys');

describeWithOpenssl('msg identity create, judged by OpenSSL', () => {
  it('requests a certificate for the peer and the names asked for', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const names = [
      '--subject',
      'CN=Acme,O=Acme GmbH',
      '--dns',
      'acme.example',
      '--dns',
      'b.example',
    ];
    const file = join(home.path, 'acme.csr');
    const args = [...create, '--no-passphrase', ...names, '--email', 'ops@acme.example'];
    await home.ok([...args, '--csr', file]);
    const text = opensslOk(['req', '-in', file, '-noout', '-text', '-verify']);
    expect(text).toContain('Subject: O = Acme GmbH, CN = Acme');
    expect(text).toContain(
      'URI:msg://acme, DNS:acme.example, DNS:b.example, email:ops@acme.example',
    );
  });

  it('makes a key of the type asked for, which opens with the passphrase', async () => {
    const home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:PASS', PASS: PASSPHRASE });
    await home.ok([...create, '--type', 'p384']);
    const path = join(keysOf(home), 'one/key.pem');
    const env = `pass:${PASSPHRASE}`;
    const text = opensslOk(['pkey', '-in', path, '-passin', env, '-noout', '-text']);
    expect(text).toContain('NIST CURVE: P-384');
  });
});

describe('msg identity create', () => {
  it('prints the label and where the request is, and says what to do next', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const { stdout, stderr } = await home.run([...create, '--no-passphrase']);
    const request = join(keysOf(home), 'one/request.csr');
    expect(stdout).toBe(`label: one\nrequest: ${request}\n`);
    expect(stderr).toContain('msg identity import');
    expect(existsSync(request)).toBe(true);
  });

  it('prints a JSON object with --json', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const stdout = await home.ok([...create, '--no-passphrase', '--json']);
    const request = join(keysOf(home), 'one/request.csr');
    expect(JSON.parse(stdout)).toEqual({ label: 'one', request });
  });

  it('leaves standard output to the request with --csr -', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const stdout = await home.ok([...create, '--no-passphrase', '--csr', '-']);
    expect(stdout).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----[^:]*REQUEST-----\n$/);
  });

  it('makes no key when the file for the request is there', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const csr = home.put('acme.csr', 'mine');
    const { code, stderr } = await home.run([...create, '--no-passphrase', '--csr', csr]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--force')]);
    expect(readFileSync(csr, 'utf8')).toBe('mine');
    expect(existsSync(keysOf(home))).toBe(false);
    await home.ok([...create, '--no-passphrase', '--csr', csr, '--force']);
    expect(readFileSync(csr, 'utf8')).toContain('CERTIFICATE REQUEST');
  });

  it('needs to know the name in the directory', async () => {
    const { code, stderr } = await newHome().run([...create, '--no-passphrase']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('peer is not set')]);
  });

  it('refuses a subject that is none, and a kind of key that it does not know', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    expect((await home.run([...create, '--no-passphrase', '--subject', 'acme'])).code).toBe(2);
    const { code, stderr } = await home.run([...create, '--type', 'ed25519']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('p256')]);
    expect(existsSync(keysOf(home))).toBe(false);
  });
});

describe('the passphrase of a new key', () => {
  it('is what a run without a terminal cannot ask for, and names the flag for', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const { code, stdout, stderr } = await home.run(create);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--key-passphrase and file:PATH, env:NAME or cmd:COMMAND');
    expect(existsSync(keysOf(home))).toBe(false);
  });

  it('cannot be empty', async () => {
    const home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:PASS', PASS: '' });
    const { code, stderr } = await home.run(create);
    expect([code, stderr]).toEqual([4, expect.stringContaining('PASS is empty')]);
    expect(existsSync(keysOf(home))).toBe(false);
  });

  it('cannot be given itself, and is not repeated when it is', async () => {
    const home = newHome({ MSG_PEER: 'acme' });
    const { code, stdout, stderr } = await home.run(['--key-passphrase', PASSPHRASE, ...create]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(PASSPHRASE);
  });

  it('has to be the one of the keys that are there', async () => {
    const home = newHome({ MSG_PEER: 'acme', PASS: PASSPHRASE, OTHER: 'something else' });
    await home.ok(['--key-passphrase', 'env:PASS', ...create]);
    const second = ['identity', 'create', '--label', 'two'];
    const refused = await home.run(['--key-passphrase', 'env:OTHER', ...second]);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining('not the passphrase of the key one'),
    ]);
    expect(refused.stderr).not.toContain('something else');
    await home.ok(['--key-passphrase', 'env:PASS', ...second]);
    expect(readdirSync(keysOf(home)).sort()).toEqual(['one', 'two']);
  });

  it('can be left out, and the profile then says so', async () => {
    const home = newHome();
    home.profile({ peer: 'acme' });
    const { code, stderr } = await home.run([...create, '--no-passphrase']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('key.passphrase is now none')]);
    expect(home.settings()).toEqual({ peer: 'acme', 'key.passphrase': 'none' });
    const path = join(home.path, 'data/prod/keys/one/key.pem');
    expect(readFileSync(path, 'utf8')).toContain('-----BEGIN PRIVATE KEY-----');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not given up in the profile while another key has one', async () => {
    const home = newHome({ PASS: PASSPHRASE });
    home.profile({ peer: 'acme' });
    await home.ok(['--key-passphrase', 'env:PASS', ...create]);
    await home.ok(['identity', 'create', '--label', 'two', '--no-passphrase']);
    expect(home.settings()).toEqual({ peer: 'acme' });
  });

  it('is said to be needless where there is no profile to write it to', async () => {
    const { stderr } = await newHome({ MSG_PEER: 'acme' }).run([...create, '--no-passphrase']);
    expect(stderr).toContain('whoever reads its file has it');
    expect(stderr).toContain('MSG_KEY_PASSPHRASE=none');
  });
});
