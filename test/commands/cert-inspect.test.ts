import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportPkcs12 } from '../../src/identity/export.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makePeer } from '../support/pki.js';
import { newHome } from '../support/run.js';

const acme = await makePeer('acme');
const [pem, rootPem] = [acme.certificatePem, acme.rootPem];

describe('msg cert inspect', () => {
  it('shows what a certificate says', async () => {
    const home = newHome();
    const text = await home.ok(['cert', 'inspect', home.put('acme.pem', pem)]);
    expect(text).toContain('subject: CN=acme,O=Test');
    expect(text).toContain('names: uri:msg://acme');
    expect(text).toContain('keyUsage: digitalSignature, keyAgreement');
    expect(text).toContain(`fingerprint: ${acme.certificate.fingerprint}`);
  });

  it('shows every certificate of every file as a line of JSON, with the file', async () => {
    const home = newHome();
    const both = home.put('both.pem', `${pem}some text\n${rootPem}`);
    const der = home.put('acme.der', acme.certificate.der);
    const lines = (await home.ok(['cert', 'inspect', both, der, '--json'])).trim().split('\n');
    const shown = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(shown.map(({ file, isAuthority }) => [file, isAuthority])).toEqual([
      [both, false],
      [both, true],
      [der, false],
    ]);
  });

  it('leaves a private key beside the certificate alone', async () => {
    const home = newHome();
    const encrypted =
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n';
    const stdin = encrypted + certificateToPem(acme.certificate);
    const shown = await home.ok(['cert', 'inspect', '-'], { stdin });
    expect(shown).toContain('file: standard input');
  });

  it('opens PKCS#12 with its passphrase only', async () => {
    const home = newHome({ PASS: 'secret', WRONG: 'wrong' });
    const { certificate } = acme;
    const p12 = await exportPkcs12({ certificate, passphrase: 'secret', random: randomBytes });
    const args = ['cert', 'inspect', home.put('acme.p12', p12), '--passphrase'];
    expect(await home.ok([...args, 'env:PASS'])).toContain('CN=acme');
    expect((await home.run([...args, 'env:WRONG'])).code).toBe(4);
    expect((await home.run(args.slice(0, -1))).code).toBe(2);
  });

  it('cannot drive the terminal', async () => {
    const home = newHome();
    const { certificatePem } = await makePeer('acme', 'p256', { subject: 'CN=a\u001b[2Jb' });
    const text = await home.ok(['cert', 'inspect', home.put('acme.pem', certificatePem)]);
    expect(text).not.toContain('\u001b');
  });

  it.each([
    ['nothing', ''],
    ['a key alone', acme.keyPem],
    ['a block that is not base64', '-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n'],
  ])('says so when a file holds %s', async (_, content) => {
    const home = newHome();
    const file = home.put('file', content);
    const { code, stdout, stderr } = await home.run(['cert', 'inspect', file]);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain(file);
  });
});
