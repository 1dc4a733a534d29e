import { beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

const DAY = 86_400_000;
const emptyHome = (): Home => newHome({ MSG_KEY_PASSPHRASE: 'none', MSG_PEER: 'acme' });

describe('msg cert needs-renewal', () => {
  let authority: Authority;
  const certificate = async (from: number, to: number): Promise<string> => {
    const terms = { notBefore: Date.now() + from * DAY, notAfter: Date.now() + to * DAY };
    return (await makePeer('acme', 'p256', { authority, ...terms })).certificatePem;
  };

  beforeAll(async () => {
    authority = await makeAuthority();
  });

  it.each<[string, readonly [number, number], string | undefined, number]>([
    ['long before its end', [-10, 100], '30d', 1],
    ['shortly before its end', [-80, 20], '30d', 0],
    ['after its end', [-80, -1], '30d', 0],
    ['before most of its time is over', [-74, 26], '75%', 1],
    ['when most of its time is over', [-76, 24], '75%', 0],
    ['before two thirds of its time are over', [-65, 35], undefined, 1],
    ['after two thirds of its time', [-67, 33], undefined, 0],
    ['before it begins', [1, 100], '75%', 1],
  ])('ends %s as documented', async (_, [from, to], rule, code) => {
    const home = emptyHome();
    const file = home.put('acme.pem', await certificate(from, to));
    const args = [
      'cert',
      'needs-renewal',
      file,
      ...(rule === undefined ? [] : ['--expires-in', rule]),
    ];
    expect(await home.run(args)).toEqual({ code, stdout: '', stderr: '' });
  });

  it('takes the certificate that signs, or that of another key', async () => {
    const home = emptyHome();
    const none = await home.run(['cert', 'needs-renewal']);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    const { keyPem, certificatePem } = await makePeer('acme', 'p256', { authority });
    await home.ok([
      'identity',
      'import',
      home.put('k.pem', keyPem + certificatePem),
      '--label',
      'k',
    ]);
    expect((await home.run(['cert', 'needs-renewal'])).code).toBe(1);
    const { code, stdout } = await home.run([
      ...['cert', 'needs-renewal', '--label', 'k', '--expires-in', '400d', '--json'],
    ]);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ due: true })]);
    expect((await home.run(['cert', 'needs-renewal', '--label', 'x'])).code).toBe(4);
  });

  it('finds the end entity among its issuers', async () => {
    const home = emptyHome();
    const chain = certificateToPem(authority.root) + (await certificate(-80, 20));
    const args = ['cert', 'needs-renewal', home.put('chain.pem', chain), '--expires-in', '30d'];
    expect((await home.run(args)).code).toBe(0);
  });

  it.each(['101%', '0%', '-5%', 'soon', '75 %'])('does not take %s for a rule', async (rule) => {
    const home = emptyHome();
    const { code, stderr } = await home.run(['cert', 'needs-renewal', `--expires-in=${rule}`]);
    expect(code).toBe(2);
    expect(stderr).toContain('hint');
  });
});
