import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { trustIn } from '../support/est-home.js';
import { EstServer } from '../support/est-server.js';
import { describeWithOpenssl } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

describeWithOpenssl('trust in an EST server for the first time', () => {
  let authority: Authority;
  let server: EstServer;
  let home: Home;
  const enroll = ['cert', 'enroll', '--est-password', 'env:PASS'];

  beforeAll(async () => {
    authority = await makeAuthority();
    server = await EstServer.start({ authority, users: { acme: 'secret' } });
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    server.log.length = 0;
    home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'none', PASS: 'secret' });
    home.profile({
      ...(await trustIn(authority)),
      ...{ 'est.url': server.url, 'est.username': 'acme' },
    });
  });

  it('is not given where nobody can be asked, and the fingerprint is shown', async () => {
    const { code, stderr } = await home.run(enroll);
    expect(code).toBe(2);
    expect(stderr).toContain('CN=msg sandbox root');
    expect(stderr.replaceAll(':', '').toLowerCase()).toContain(authority.root.fingerprint);
    expect(stderr).toContain('--fingerprint');
    expect(server.log).toMatchObject([{ operation: 'cacerts', user: undefined }]);
    expect(home.settings()['est.ca']).toBeUndefined();
  });

  it('is given by the fingerprint, and kept in the profile', async () => {
    const fingerprint = authority.root.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:');
    const { code, stderr } = await home.run([...enroll, '--fingerprint', `SHA256=${fingerprint}`]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('est.ca is now')]);
    const kept = home.settings()['est.ca'] ?? '';
    expect(readFileSync(kept, 'latin1')).toBe(certificateToPem(authority.root));
    expect(statSync(kept).mode & 0o022).toBe(0);
    expect(await home.ok(['cert', 'cacerts'])).toBe(certificateToPem(authority.root));
  });

  it('is refused to a server with another fingerprint, before it hears of the password', async () => {
    const { code, stderr } = await home.run([...enroll, '--fingerprint', '00'.repeat(32)]);
    expect([code, stderr]).toEqual([4, expect.stringContaining('not the expected authority')]);
    expect(server.log).toMatchObject([{ operation: 'cacerts', user: undefined }]);
    expect(home.settings()['est.ca']).toBeUndefined();
  });

  it('does not overrule the authority that the profile names already', async () => {
    const known = home.put('known.pem', (await makePeer('x')).rootPem);
    const args = [...enroll, '--est-ca', known, '--fingerprint', authority.root.fingerprint];
    expect((await home.run(args)).code).toBe(4);
    expect(server.log).toEqual([]);
    const same = home.put('same.pem', certificateToPem(authority.root));
    await home.ok([...enroll, '--est-ca', same, '--fingerprint', authority.root.fingerprint]);
  });

  it('does not extend to a server that only hands out the right certificates', async () => {
    const impostor = await EstServer.start({
      ...{ authority, tlsAuthority: await makeAuthority(), users: { acme: 'secret' } },
    });
    const args = [...enroll, '--est-url', impostor.url];
    const { code, stderr } = await home.run([
      ...[...args, '--fingerprint', authority.root.fingerprint],
    ]);
    await impostor.stop();
    expect([code, stderr]).toEqual([4, expect.stringContaining('is not trusted')]);
    expect(impostor.log).toMatchObject([{ operation: 'cacerts', user: undefined }]);
  });

  it('takes nothing else for a fingerprint', async () => {
    const { code, stderr } = await home.run([...enroll, '--fingerprint', 'abc']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('not a SHA-256 fingerprint')]);
  });
});

describe('the address of an EST service', () => {
  it.each([
    'http://ca.example',
    'https://ca.example/est',
    'https://user:pass@ca.example',
    'https://ca.example/?x',
    'ca.example',
  ])('is not %s', async (url) => {
    const { code, stderr } = await newHome({ MSG_PEER: 'acme' }).run([
      'cert',
      'cacerts',
      '--est-url',
      url,
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--est-url')]);
    expect(stderr).not.toContain('pass@');
  });
});
