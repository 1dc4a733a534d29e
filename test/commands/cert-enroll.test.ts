import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import { sequence, setOf, oid } from '../../src/asn1/writer.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { CURVE, KEY } from '../../src/x509/oids.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { certsOnly, EstServer } from '../support/est-server.js';
import { describeWithOpenssl } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { estHome, keysOf } from '../support/est-home.js';
import { newHome, type Home } from '../support/run.js';

const PKCS7 = 'application/pkcs7-mime';

describeWithOpenssl('msg cert enroll', () => {
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
    server.csrAttributes = undefined;
    server.log.length = 0;
    home = await estHome(server, authority);
  });

  const operations = () => server.log.map(({ operation }) => operation);

  it('makes a key and gets it certified with its issuers; it signs from then on', async () => {
    const { code, stdout, stderr } = await home.run(['cert', 'enroll']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('msg register')]);
    const [key] = await keysOf(home);
    expect(stdout).toBe(`${key?.label ?? ''}\n`);
    expect(key).toMatchObject({ status: 'active', current: true });
    expect(key?.certificate).toMatchObject({ key: 'EC P-256', names: ['uri:msg://acme'] });
    expect(key?.chain).toHaveLength(authority.chain.length);
  });

  it('asks for the names, the kind of key and the label that it is told', async () => {
    const args = ['--subject', 'CN=acme,O=Acme GmbH', '--dns', 'acme.example', '--type', 'rsa2048'];
    const text = await home.ok(['cert', 'enroll', ...args, '--label', '2026', '--json']);
    expect(JSON.parse(text)).toMatchObject({ label: '2026', state: 'issued', current: true });
    const [key] = await keysOf(home);
    expect(key?.certificate).toMatchObject({
      ...{ subject: 'CN=acme,O=Acme GmbH', key: 'RSA 2048' },
      ...{ names: ['uri:msg://acme', 'dns:acme.example'] },
      extendedKeyUsage: ['emailProtection', 'clientAuth'],
    });
  });

  it('asks for the name that the naming policy looks for', async () => {
    await home.ok(['cert', 'enroll', '--trust-naming', 'dns:{name}.peers.example']);
    const [key] = await keysOf(home);
    expect(key?.certificate?.names).toContain('dns:acme.peers.example');
    const other = await estHome(server, authority);
    await other.ok(['cert', 'enroll', '--trust-naming', 'uri:urn:example:peer:{name}']);
    expect((await keysOf(other))[0]?.certificate?.names).toEqual(['uri:urn:example:peer:acme']);
  });

  it('makes the kind of key that the authority asks for, and warns of another', async () => {
    server.csrAttributes = sequence(sequence(oid(KEY.ec), setOf([oid(CURVE.p384)])));
    await home.ok(['cert', 'enroll']);
    expect((await keysOf(home))[0]?.certificate?.key).toBe('EC P-384');
    const another = await estHome(server, authority);
    const { code, stderr } = await another.run(['cert', 'enroll', '--type', 'p256']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('asks for keys of the kind p384')]);
  });

  it('changes nothing when it is repeated, and enrols anew only when told', async () => {
    const first = await home.ok(['cert', 'enroll']);
    server.log.length = 0;
    expect(await home.ok(['cert', 'enroll'])).toBe(first);
    expect(operations()).toEqual([]);
    const second = await home.ok(['cert', 'enroll', '--again']);
    expect(second).not.toBe(first);
    expect((await keysOf(home)).filter(({ current }) => current)).toMatchObject([
      { label: first.trim() },
    ]);
  });

  it('certifies a key that was made before with its request', async () => {
    await home.ok(['identity', 'create', '--label', 'old', '--subject', 'CN=acme,C=DE']);
    const late = await home.run(['cert', 'enroll', '--label', 'old', '--subject', 'CN=acme']);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('--subject')]);
    expect(await home.ok(['cert', 'enroll', '--label', 'old'])).toBe('old\n');
    expect((await keysOf(home))[0]?.certificate).toMatchObject({ subject: 'CN=acme,C=DE' });
  });

  it('keeps a request that somebody has to approve, and goes on with the same key', async () => {
    server.manual = true;
    const waiting = await home.run(['cert', 'enroll']);
    expect(waiting).toMatchObject({ code: 75, stdout: '' });
    expect(waiting.stderr).toContain('is to be approved');
    const [pending] = await keysOf(home);
    expect(pending?.status).toBe('pending');
    server.approveAll();
    server.log.length = 0;
    const early = await home.run(['cert', 'enroll', '--json']);
    expect(early.code).toBe(75);
    expect(JSON.parse(early.stderr)).toMatchObject({
      error: { code: 'enrolment-pending', retryable: true },
    });
    expect(operations()).toEqual([]);
    expect(await home.ok(['cert', 'enroll', '--now'])).toBe(`${pending?.label ?? ''}\n`);
    expect(await keysOf(home)).toHaveLength(1);
  });

  it('does not take wishes that come too late', async () => {
    server.manual = true;
    await home.run(['cert', 'enroll']);
    const { code, stderr } = await home.run(['cert', 'enroll', '--type', 'p384', '--dns', 'a.b']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/leave out --type, --dns.*--again/)]);
  });

  it('waits for the approval when it is told to', async () => {
    const patient = await EstServer.start({ authority, users: { acme: 'secret' }, manual: true });
    patient.sabotage = ({ operation }) => {
      if (operation === 'simpleenroll') {
        setImmediate(() => {
          patient.approveAll();
        });
      }
      return undefined;
    };
    const args = ['cert', 'enroll', '--est-url', patient.url, '--wait', '1m'];
    const { code, stderr } = await home.run(args);
    await patient.stop();
    expect([code, stderr]).toEqual([0, expect.stringContaining('asking again at')]);
    expect(patient.log.filter(({ operation }) => operation === 'simpleenroll')).toHaveLength(2);
  });

  it('takes in what was issued although it was broken off before: nothing is asked for twice', async () => {
    const elsewhere = home.put('other.pem', (await makePeer('x')).rootPem);
    const untrusting = ['cert', 'enroll', '--trust-anchors', elsewhere];
    const refused = await home.run(untrusting);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('no peer would believe');
    expect((await home.run(untrusting)).code).toBe(4);
    server.log.length = 0;
    await home.ok(['cert', 'enroll']);
    expect(operations()).toEqual([]);
    expect(await keysOf(home)).toMatchObject([{ status: 'active', current: true }]);
    const [label = ''] = readdirSync(join(home.path, 'data/default/keys')).filter(
      (name) => name !== 'current',
    );
    const files = readdirSync(join(home.path, 'data/default/keys', label)).sort();
    expect(files).toEqual(['cert.pem', 'chain.pem', 'key.pem', 'public.pem', 'request.csr']);
  });

  it('asks again with the same request when nobody knows whether the first one arrived', async () => {
    let dropped = false;
    server.sabotage = ({ operation }) => {
      if (operation !== 'simpleenroll' || dropped) return undefined;
      dropped = true;
      return 'hang up';
    };
    expect((await home.run(['cert', 'enroll'])).code).toBe(75);
    await home.ok(['cert', 'enroll']);
    const sent = server.log.filter(({ operation }) => operation === 'simpleenroll');
    expect(sent).toHaveLength(2);
    expect(sent[0]?.sent).toBe(sent[1]?.sent);
    expect(await keysOf(home)).toHaveLength(1);
  });

  it('refuses a certificate for another key', async () => {
    const { certificate } = await makePeer('acme', 'p256', { authority });
    server.sabotage = ({ operation }) =>
      operation === 'simpleenroll'
        ? { type: PKCS7, body: certsOnly([certificate]).toString('base64') }
        : undefined;
    const { code, stderr } = await home.run(['cert', 'enroll']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('for another key')]);
    server.sabotage = () => undefined;
    await home.ok(['cert', 'enroll']);
    expect(await keysOf(home)).toMatchObject([{ status: 'active' }]);
  });

  it('refuses a certificate that names another peer, until the authority issues another one', async () => {
    const spki = await firstKey(home);
    const names = [{ type: 'uri', value: 'msg://mallory' }] as const;
    const wrong = certsOnly([await authority.issue({ subject: 'CN=acme', spki, names })]);
    server.sabotage = ({ operation }) =>
      operation === 'simpleenroll' ? { type: PKCS7, body: wrong.toString('base64') } : undefined;
    const { code, stderr } = await home.run(['cert', 'enroll', '--label', 'one']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('msg://mallory')]);
    expect(await keysOf(home)).toMatchObject([{ status: 'pending' }]);
    server.sabotage = () => undefined;
    expect((await home.run(['cert', 'enroll'])).stderr).toContain('msg://mallory');
    await home.ok(['cert', 'enroll', '--again', '--label', 'one']);
    expect(await keysOf(home)).toMatchObject([{ label: 'one', status: 'active' }]);
  });

  it.each([
    ['rubbish', { type: PKCS7, body: 'AAAA' }],
    ['more than it reads', { type: PKCS7, body: 'A'.repeat(300 * 1024) }],
    ['a page', { type: 'text/html', body: '<html></html>' }],
  ])('takes nothing in when the server answers with %s, and finishes later', async (_, spoiled) => {
    server.sabotage = ({ operation }) => (operation === 'simpleenroll' ? spoiled : undefined);
    const { code, stderr } = await home.run(['cert', 'enroll']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('cannot be used')]);
    server.sabotage = () => undefined;
    await home.ok(['cert', 'enroll']);
    expect(await keysOf(home)).toMatchObject([{ status: 'active', current: true }]);
  });

  it('says what is wrong with the password, and never what it is', async () => {
    const { code, stderr } = await home.run(['cert', 'enroll', '-vv'], {
      env: { PASS: 'hunter2' },
    });
    expect([code, stderr]).toEqual([4, expect.stringContaining('password of acme')]);
    expect(stderr).not.toContain('hunter2');
    await home.ok(['cert', 'enroll']);
    expect(await keysOf(home)).toHaveLength(1);
  });

  it('asks for what it cannot do without before it makes a key', async () => {
    const without = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'none' });
    for (const [setting, env] of [
      ['trust.anchors', { MSG_EST_URL: server.url }],
      ['est.url', { MSG_TRUST_ANCHORS: without.put('r.pem', certificateToPem(authority.root)) }],
    ] as const) {
      const { code, stderr } = await without.run(['cert', 'enroll'], { env });
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${setting} is not set`)]);
    }
    expect(existsSync(join(without.path, 'data'))).toBe(false);
  });

  it('presents a client certificate where est.cert and est.key name one', async () => {
    const tls = { authority, use: 'tls-client' } as const;
    const { certificatePem, keyPem, chain } = await makePeer('device', 'p256', tls);
    const cert = home.put('device.pem', certificatePem + chain.map(certificateToPem).join(''));
    const key = home.put('device.key', keyPem);
    const env = { MSG_EST_USERNAME: '', MSG_EST_CERT: cert, MSG_EST_KEY: key };
    const { code } = await home.run(['cert', 'enroll'], { env });
    expect(code).toBe(0);
    expect(server.log.at(-1)).toMatchObject({ user: undefined, client: 'O=Test\nCN=device' });
  });

  it('opens an encrypted key for the client certificate with its passphrase', async () => {
    const { privateKey } = (await makePeer('device')).key;
    const encrypted = privateKey.export({
      ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open sesame' },
    });
    const env = {
      ...{ MSG_EST_CERT: home.put('d.pem', (await makePeer('device')).certificatePem) },
      ...{ MSG_EST_KEY: home.put('d.key', encrypted), SESAME: 'shut sesame' },
      MSG_EST_KEY_PASSPHRASE: 'env:SESAME',
    };
    const { code, stderr } = await home.run(['cert', 'enroll'], { env });
    expect([code, stderr]).toEqual([4, expect.stringContaining('wrong passphrase')]);
  });

  it('warns when the certificate will not be able to renew itself', async () => {
    const narrow = await EstServer.start({
      ...{ authority, users: { acme: 'secret' }, terms: { purposes: ['emailProtection'] } },
    });
    const { code, stderr } = await home.run(['cert', 'enroll', '--est-url', narrow.url]);
    await narrow.stop();
    expect([code, stderr]).toEqual([0, expect.stringContaining('not for TLS (clientAuth)')]);
  });

  it('encrypts the new key under the passphrase of the store', async () => {
    const env = { MSG_KEY_PASSPHRASE: 'env:KEY_PASS', KEY_PASS: 'a long one' };
    const label = (await home.run(['cert', 'enroll'], { env })).stdout.trim();
    const file = readFileSync(join(home.path, 'data/default/keys', label, 'key.pem'), 'latin1');
    expect(file).toContain('ENCRYPTED PRIVATE KEY');
  });
});

/** The public half of a key that waits for its certificate under the label `one`. */
async function firstKey(home: Home): Promise<Buffer> {
  await home.ok(['identity', 'create', '--label', 'one']);
  const file = readFileSync(join(home.path, 'data/default/keys/one/public.pem'), 'latin1');
  return readPem(file)[0]?.der ?? Buffer.alloc(0);
}
