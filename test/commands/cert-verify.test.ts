import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportPkcs12 } from '../../src/identity/export.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { trustIn } from '../support/est-home.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';
import { gives, webServer } from '../support/web-server.js';

const DAY = 86_400_000;

describe('msg cert verify', () => {
  let authority: Authority;
  let acme: TestPeer;
  let home: Home;

  beforeAll(async () => {
    authority = await makeAuthority({ intermediate: true });
    acme = await makePeer('acme', 'p256', { authority });
  });
  beforeEach(async () => {
    const trust = await trustIn(authority);
    home = newHome({
      ...{ MSG_TRUST_ANCHORS: trust['trust.anchors'] ?? '', PASS: 'secret' },
      MSG_TRUST_CRLS: trust['trust.crls'] ?? '',
    });
  });
  const chain = () => acme.chain.map(certificateToPem).join('');
  const verify = (...args: string[]) => home.run(['cert', 'verify', ...args]);

  it('shows the path to the anchor and each check', async () => {
    const file = home.put('acme.pem', acme.certificatePem + chain());
    const { code, stdout } = await verify(file, '--name', 'acme');
    expect(code).toBe(0);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 2));
    expect(rows).toEqual([
      ...[
        ['certificate', ''],
        ['issuer', ''],
        ['anchor', ''],
      ],
      ...[
        ['path', 'pass'],
        ['revocation', 'pass'],
        ['name', 'pass'],
      ],
    ]);
  });

  it('takes DER and PKCS#12, and issuers from files of their own', async () => {
    const [issuers, der] = [home.put('i.pem', chain()), home.put('a.der', acme.certificate.der)];
    expect((await verify(issuers, der)).code).toBe(0);
    const input = { certificate: acme.certificate, chain: acme.chain, random: randomBytes };
    const p12 = home.put('a.p12', await exportPkcs12({ ...input, passphrase: 'secret' }));
    expect((await verify(p12, '--passphrase', 'env:PASS')).code).toBe(0);
  });

  it.each<[string, () => Promise<string>, string[], string]>([
    ['an issuer is missing', () => Promise.resolve(acme.certificatePem), [], 'no-issuer'],
    [
      "it is another authority's",
      async () =>
        (await makePeer('x', 'p256', { authority: await makeAuthority() })).certificatePem,
      [],
      'no-issuer|signature',
    ],
    ['it has expired', () => expired().then((pem) => pem + chain()), [], 'expired'],
    [
      'it is for something else',
      () => Promise.resolve(acme.certificatePem + chain()),
      ['--purpose', 'tls-server'],
      'extended-key-usage',
    ],
  ])('ends with a reason when %s', async (_, content, args, reason) => {
    const file = home.put('c.pem', await content());
    const { code, stdout } = await verify(file, ...args, '--json');
    expect(code).toBe(3);
    const shown = JSON.parse(stdout) as { readonly trusted: boolean; readonly reason: string };
    expect(shown.trusted).toBe(false);
    expect(shown.reason).toMatch(new RegExp(reason));
  });

  async function expired(): Promise<string> {
    const terms = { notBefore: Date.now() - 9 * DAY, notAfter: Date.now() - DAY };
    return (await makePeer('acme', 'p256', { authority, ...terms })).certificatePem;
  }

  it('judges as of another time', async () => {
    const terms = { notBefore: Date.now() - 90 * DAY, notAfter: Date.now() + DAY };
    const { certificatePem } = await makePeer('acme', 'p256', { authority, ...terms });
    const file = home.put('young.pem', certificatePem);
    const trust = ['--trust-revocation', 'off', home.put('issuers.pem', chain())];
    expect((await verify(file, ...trust)).code).toBe(0);
    const { code, stderr } = await verify(file, ...trust, '--at', '60d');
    expect([code, stderr]).toEqual([3, expect.stringContaining('valid only from')]);
  });

  it('refuses what a list revokes', async () => {
    const lost = await makePeer('lost', 'p256', { authority });
    authority.revoke(lost.certificate, 'keyCompromise');
    const trust = await trustIn(authority);
    const file = home.put('lost.pem', lost.certificatePem + chain());
    const args = ['--trust-crls', trust['trust.crls'] ?? '', '--json'];
    const { code, stdout } = await verify(file, ...args);
    expect([code, JSON.parse(stdout)]).toEqual([3, expect.objectContaining({ reason: 'revoked' })]);
  });

  it('fetches the list that a certificate names, and says so where none can be had', async () => {
    const server = await webServer();
    const crlUrls = [`${server.url}/list.crl`];
    const own = await makeAuthority();
    const { certificatePem, rootPem } = await makePeer('far', 'p256', { authority: own, crlUrls });
    const trust = ['--trust-anchors', home.put('root.pem', rootPem), '--trust-crls', ''];
    const file = home.put('far.pem', certificatePem);
    const missing = await verify(file, ...trust);
    expect(missing).toMatchObject({
      ...{ code: 75, stderr: expect.stringContaining('HTTP status 404') as string },
    });
    const [list] = await own.crls();
    server.answer = gives(list ?? '');
    const fresh = newHome({});
    const there = await fresh.run(['cert', 'verify', file, ...trust]);
    expect(there).toMatchObject({
      ...{ code: 0, stdout: expect.stringMatching(/^revocation\tpass\tnot revoked$/m) as string },
    });
  });

  it('goes by what holds for the peer alone', async () => {
    const file = home.put('acme.pem', acme.certificatePem + chain());
    const rules = home.put('peers.json', '{"acme": {"naming": "organisation:Test"}}');
    const { code, stdout } = await verify(file, '--name', 'acme', '--trust-peers', rules);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^name\tpass\t.*"Test"/m)]);
    const other = home.put('other.json', '{"acme": {"naming": "organisation:Acme AG"}}');
    expect((await verify(file, '--name', 'acme', '--trust-peers', other)).code).toBe(3);
  });

  it('refuses a certificate that names another peer', async () => {
    const file = home.put('acme.pem', acme.certificatePem + chain());
    const { code, stdout } = await verify(file, '--name', 'bob');
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^name\tfail\t.*msg:\/\/acme/m)]);
  });

  it('wants exactly one certificate to judge', async () => {
    const two = acme.certificatePem + (await makePeer('bob', 'p256', { authority })).certificatePem;
    const { code, stderr } = await verify(home.put('two.pem', two));
    expect([code, stderr]).toEqual([4, expect.stringContaining('more than one')]);
  });
});
