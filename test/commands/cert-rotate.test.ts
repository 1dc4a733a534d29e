import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateToPem } from '../../src/x509/pem.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';
import { EstServer } from '../support/est-server.js';

describe('a peer that enrols with an EST server', () => {
  let consortium: Consortium;
  let server: EstServer;
  const PASS = { env: { PASS: 'secret' } };

  beforeAll(async () => {
    consortium = await raiseConsortium();
    const { authority } = consortium.network;
    server = await EstServer.start({ authority, users: { carol: 'secret' } });
    const ca = join(consortium.home, 'est-ca.pem');
    writeFileSync(ca, certificateToPem(authority.root));
    consortium.addProfile('carol', ACCOUNT.carol, {
      ...{ 'est.url': server.url, 'est.ca': ca, 'key.passphrase': 'none' },
    });
    const owner = consortium.account(ACCOUNT.carol);
    await consortium.ok('registrar', ['registry', 'admit', 'carol', '--owner', owner]);
  });
  afterAll(async () => {
    await server.stop();
    await consortium.remove();
  });

  const verify = async () =>
    (await consortium.as('alice', ['peer', 'verify', 'carol', '--refresh'])).stdout;

  it('registers what it was issued', async () => {
    const login = ['--est-username', 'carol', '--est-password', 'env:PASS'];
    const enrolled = await consortium.as(
      'carol',
      ['cert', 'enroll', '--label', 'one', ...login],
      PASS,
    );
    expect(enrolled).toMatchObject({ code: 0, stdout: 'one\n' });
    await consortium.ok('carol', ['register']);
    expect(await verify()).toContain('certificate version 0 is not revoked');
  });

  it('renews and publishes in one step, and leaves it alone when nothing is due', async () => {
    const renew = ['cert', 'renew', '--expires-in', '30d', '--rotate'];
    const early = await consortium.as('carol', renew);
    expect(early).toMatchObject({ code: 0, stdout: 'one\n' });
    expect(early.stderr).toContain('due for renewal in');
    const due = ['cert', 'renew', '--expires-in', '400d', '--rotate', '--label', 'two'];
    const renewed = await consortium.as('carol', due);
    expect([renewed.code, renewed.stdout]).toEqual([
      0,
      expect.stringMatching(/^two\n0x[0-9a-f]{64}\n$/),
    ]);
    expect(await verify()).toContain('certificate version 1 is not revoked');
    expect((await consortium.as('carol', renew)).stdout).toBe('two\n');
  });

  it('publishes at the next run what it could not publish at once', async () => {
    const args = ['cert', 'renew', '--expires-in', '400d', '--rotate', '--label', 'three'];
    const away = await consortium.as('carol', [...args, '--chain-url', 'http://127.0.0.1:1']);
    expect(away.code).toBe(75);
    expect(away.stdout).toBe('three\n');
    const next = await consortium.as('carol', args);
    expect(next.code).toBe(0);
    expect(server.log.filter(({ operation }) => operation === 'simplereenroll')).toHaveLength(2);
    expect(await verify()).toContain('certificate version 2 is not revoked');
  });
});
