import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

const [right, wrong] = [await makeAuthority({ intermediate: true }), await makeAuthority()];

interface Key {
  readonly home: Home;
  /** The certificate that an authority issues for it, with its issuers, as a file. */
  certifiedBy(authority: Authority, name: string): Promise<string>;
}

/** A profile without a directory, with one key. */
async function newKey(): Promise<Key> {
  const home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'none' });
  const pem = await home.ok(['identity', 'create', '--label', 'mine', '--csr', '-']);
  const [request] = readPem(pem);
  return {
    home,
    async certifiedBy(authority, name) {
      const certificate = await authority.issueFor(request?.der ?? Buffer.alloc(0));
      return home.put(name, [certificate, ...authority.chain].map(certificateToPem).join(''));
    },
  };
}

/** What lies beside the key: the certificate and what it has replaced. */
function entryOf({ home }: Key): { readonly certificate: string; readonly former: string[] } {
  const directory = join(home.path, 'data', 'default', 'keys', 'mine');
  const read = (name: string): string => readFileSync(join(directory, name), 'latin1');
  const former = readdirSync(directory).filter((name) => name.startsWith('former-'));
  return { certificate: read('cert.pem') + read('chain.pem'), former: former.map(read) };
}

/** A key with a certificate of the wrong authority, and the files of that one and of the right one. */
async function withWrongCertificate() {
  const key = await newKey();
  const bad = await key.certifiedBy(wrong, 'bad.pem');
  await key.home.ok(['identity', 'import', bad]);
  return { key, bad, good: await key.certifiedBy(right, 'good.pem') };
}

describe('a certificate that was imported by mistake', () => {
  it('stays until it is said that another one is to take its place', async () => {
    const { key, good } = await withWrongCertificate();
    const before = entryOf(key);
    const { code, stdout, stderr } = await key.home.run(['identity', 'import', good]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('the key mine has a certificate already, issued by CN=');
    expect(stderr).toContain('add --replace');
    expect(entryOf(key)).toEqual(before);
  });

  it('is replaced by the right one, and kept beside it with its issuers', async () => {
    const { key, bad, good } = await withWrongCertificate();
    const former = entryOf(key).certificate;
    const done = await key.home.run(['identity', 'import', good, '--replace']);
    expect(done).toMatchObject({ code: 0, stdout: 'mine\n' });
    expect(done.stderr).toContain('replaced the certificate of the key mine, issued by CN=');
    expect(done.stderr).toContain('the former one is kept in ');
    expect(done.stderr).toContain('warning: no directory is set');
    const after = entryOf(key);
    expect(after).toEqual({ certificate: readFileSync(good, 'latin1'), former: [former] });
    const again = await key.home.run(['identity', 'import', good, '--replace']);
    expect(again.stderr).toContain('has this certificate already');
    expect(entryOf(key)).toEqual(after);
    await key.home.ok(['identity', 'import', bad, '--replace']);
    expect(entryOf(key)).toMatchObject({ certificate: former, former: { length: 2 } });
  });

  it('stays where the directory cannot be asked whether it was published', async () => {
    const { key, good } = await withWrongCertificate();
    const before = entryOf(key);
    const directory = ['--directory', `0x${'11'.repeat(20)}`, '--chain-id', '1'];
    const chain = [...directory, '--chain-url', 'http://127.0.0.1:9'];
    const args = ['identity', 'import', good, '--replace', ...chain];
    const { code, stdout, stderr } = await key.home.run(args);
    expect([code, stdout]).toEqual([75, '']);
    expect(stderr).toContain('127.0.0.1:9');
    expect(entryOf(key)).toEqual(before);
  });

  it('is never replaced by one for another key', async () => {
    const { key } = await withWrongCertificate();
    const before = entryOf(key);
    const { certificatePem } = await makePeer('acme', 'p256', { authority: right });
    const foreign = key.home.put('foreign.pem', certificatePem);
    const args = ['identity', 'import', foreign, '--replace', '--label', 'mine'];
    const { code, stderr } = await key.home.run(args);
    expect([code, stderr]).toEqual([4, expect.stringContaining('not for the key mine')]);
    expect(entryOf(key)).toEqual(before);
  });
});
