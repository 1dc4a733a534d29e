import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Authority } from '../../src/sandbox/authority.js';
import { EstServer } from '../support/est-server.js';
import { estHome, keysOf, type ShownKey } from '../support/est-home.js';
import { describeWithOpenssl } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import type { Home } from '../support/run.js';

describeWithOpenssl('msg cert renew', () => {
  let authority: Authority;
  let server: EstServer;
  let home: Home;

  beforeAll(async () => {
    authority = await makeAuthority({ intermediate: true });
    server = await EstServer.start({ authority, users: { acme: 'secret' }, retryAfter: '3600' });
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    server.sabotage = () => undefined;
    server.manual = false;
    home = await estHome(server, authority);
    await home.ok(['cert', 'enroll', '--label', 'one', '--subject', 'CN=acme,O=Acme']);
    server.log.length = 0;
  });

  const operations = () => server.log.map(({ operation }) => operation);
  const keyed = async (label: string): Promise<ShownKey | undefined> =>
    (await keysOf(home)).find((key) => key.label === label);
  const fileOf = (label: string, name: string): string =>
    readFileSync(join(home.path, 'data/default/keys', label, name), 'latin1');

  it('gets a certificate with the same names for a new key, by the certificate alone', async () => {
    const env = { MSG_EST_USERNAME: '' };
    const { code, stdout, stderr } = await home.run(['cert', 'renew', '--label', 'two'], { env });
    expect([code, stdout]).toEqual([0, 'two\n']);
    expect(stderr).toContain('msg rotate --label two');
    expect(server.log.at(-1)).toMatchObject({ operation: 'simplereenroll', user: undefined });
    const [one, two] = await keysOf(home);
    expect(two?.certificate).toMatchObject({
      subject: 'CN=acme,O=Acme',
      names: ['uri:msg://acme'],
    });
    expect(one).toMatchObject({ label: 'one', current: true, status: 'active' });
    expect(two).toMatchObject({ label: 'two', current: false, status: 'active' });
    expect(fileOf('two', 'public.pem')).not.toBe(fileOf('one', 'public.pem'));
  });

  it('asks nobody for the password of the first time', async () => {
    const env = { MSG_EST_USERNAME: 'acme', MSG_EST_PASSWORD: 'prompt' };
    const { code, stdout } = await home.run(['cert', 'renew', '--label', 'two'], { env });
    expect([code, stdout]).toEqual([0, 'two\n']);
    expect(server.log.at(-1)).toMatchObject({ operation: 'simplereenroll', user: undefined });
  });

  it('is made once, however many begin it at the same time', async () => {
    const all = await Promise.all([0, 1, 2].map(() => home.run(['cert', 'renew'])));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(operations().filter((operation) => operation === 'simplereenroll')).toHaveLength(1);
    expect(await keysOf(home)).toHaveLength(2);
  });

  it('has the same key certified once more when told', async () => {
    const { code, stdout } = await home.run(['cert', 'renew', '--reuse-key']);
    expect([code, stdout]).toEqual([0, 'one-2\n']);
    expect(fileOf('one-2', 'public.pem')).toBe(fileOf('one', 'public.pem'));
    expect((await keyed('one-2'))?.certificate?.fingerprint).not.toBe(
      (await keyed('one'))?.certificate?.fingerprint,
    );
  });

  it('makes the kind of key that there was, or another one when told', async () => {
    await home.ok(['cert', 'enroll', '--again', '--type', 'rsa2048', '--label', 'rsa']);
    await home.ok(['identity', 'use', 'rsa']);
    await home.ok(['cert', 'renew', '--label', 'next']);
    expect((await keyed('next'))?.certificate?.key).toBe('RSA 2048');
    await home.ok(['cert', 'renew', '--again', '--type', 'p384', '--label', 'other']);
    expect((await keyed('other'))?.certificate?.key).toBe('EC P-384');
  });

  it('leaves a certificate alone that is not due', async () => {
    const args = ['cert', 'renew', '--expires-in', '30d', '--json'];
    expect(JSON.parse(await home.ok(args))).toMatchObject({ label: 'one', state: 'not-due' });
    expect(operations()).toEqual([]);
    expect(JSON.parse(await home.ok([...args.slice(0, -2), '400d', '--json']))).toMatchObject({
      state: 'renewed',
    });
  });

  it('does not renew what was renewed already and is not yet published', async () => {
    const first = await home.ok(['cert', 'renew']);
    server.log.length = 0;
    const again = await home.run(['cert', 'renew']);
    expect(again).toMatchObject({ code: 0, stdout: first });
    expect(again.stderr).toContain('has a newer certificate already');
    expect(operations()).toEqual([]);
    expect(await home.ok(['cert', 'renew', '--again'])).not.toBe(first);
  });

  it('keeps a renewal that has to be approved, and goes on with it as the same holder', async () => {
    server.manual = true;
    const waiting = await home.run(['cert', 'renew', '--label', 'two']);
    expect(waiting).toMatchObject({ code: 75, stdout: '' });
    server.approveAll();
    await home.ok(['cert', 'renew', '--now']);
    expect(await keyed('two')).toMatchObject({ status: 'active', current: false });
    expect(server.log.at(-1)?.client).toBe('O=Acme\nCN=acme');
  });

  it('does not take wishes that come too late', async () => {
    server.manual = true;
    await home.run(['cert', 'renew']);
    const { code, stderr } = await home.run(['cert', 'renew', '--reuse-key']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('leave out --reuse-key')]);
  });

  it('says that there is nothing to renew', async () => {
    const empty = await estHome(server, authority);
    const { code, stderr } = await empty.run(['cert', 'renew']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('msg cert enroll')]);
  });

  it('says so when the server does not know the certificate', async () => {
    const { certificatePem, keyPem } = await makePeer('acme', 'p256', {
      authority: await makeAuthority(),
    });
    const stranger = await estHome(server, authority);
    await stranger.ok(['identity', 'import', stranger.put('own.pem', certificatePem + keyPem)]);
    const env = { MSG_EST_USERNAME: '' };
    const { code, stderr } = await stranger.run(['cert', 'renew'], { env });
    expect([code, stderr]).toEqual([4, expect.stringContaining('client certificate alone')]);
    expect(stderr).toContain('msg cert enroll --again');
  });

  it('goes on after a server that was away', async () => {
    server.sabotage = ({ operation }) => (operation === 'simplereenroll' ? 'hang up' : undefined);
    expect((await home.run(['cert', 'renew', '--label', 'two'])).code).toBe(75);
    server.sabotage = () => undefined;
    expect(await home.ok(['cert', 'renew'])).toBe('two\n');
  });
});
