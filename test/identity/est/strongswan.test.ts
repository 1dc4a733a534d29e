import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority } from '../../../src/sandbox/authority.js';
import { certificateToPem } from '../../../src/x509/pem.js';
import { EstServer } from '../../support/est-server.js';
import { opensslOk } from '../../support/openssl.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const isUsable = process.env['CI'] === 'true' || spawnSync('pki', ['--est', '--help']).status === 0;
if (!isUsable) process.stderr.write('skipped: strongswan-pki is not installed\n');

(isUsable ? describe : describe.skip)("the tests' EST server", () => {
  let authority: Authority;
  let server: EstServer;

  beforeAll(async () => {
    // Debian's pki has RSA without further packages.
    const options = { clock: Date.now, random: randomBytes, keyType: 'rsa2048' } as const;
    authority = await createAuthority(options);
    server = await EstServer.start({
      ...{ authority, users: { acme: 'secret' }, serverKey: 'rsa2048' },
    });
  });
  afterAll(async () => {
    await server.stop();
  });

  /** Not spawnSync: the server lives in this process. */
  async function pki(args: readonly string[]): Promise<Buffer> {
    const child = spawn('pki', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(Buffer.concat(err).toString('utf8'));
    return Buffer.concat(out);
  }

  it("certifies and renews for strongSwan's client, too", async () => {
    const directory = temporaryDirectory();
    const at = (name: string): string => join(directory, name);
    const root = at('root.pem');
    writeFileSync(root, certificateToPem(authority.root));
    const reach = ['--url', server.url, '--cacert', root, '--outform', 'pem'];
    await pki(['--estca', ...reach, '--caout', at('ca.pem')]);
    const fingerprint = opensslOk([
      'x509',
      '-in',
      at('ca.pem'),
      '-noout',
      '-fingerprint',
      '-sha256',
    ]);
    expect(fingerprint.replaceAll(':', '').toLowerCase()).toContain(authority.root.fingerprint);

    const pem = ['--outform', 'pem'];
    const request = async (key: string, ...more: string[]): Promise<string> => {
      writeFileSync(at(key), await pki(['--gen', '--type', 'rsa', '--size', '2048', ...pem]));
      const file = at(`${key}.csr`);
      writeFileSync(file, await pki(['--req', '--in', at(key), '--type', 'rsa', ...more, ...pem]));
      return file;
    };
    const names = ['--dn', 'CN=swan', '--san', 'swan.example'];
    const first = ['--in', await request('one.key', ...names), '--userpass', 'acme:secret'];
    writeFileSync(at('one.pem'), await pki(['--est', ...reach, ...first]));
    const second = ['--in', await request('two.key', ...names)];
    const present = ['--cert', at('one.pem'), '--key', at('one.key')];
    writeFileSync(at('two.pem'), await pki(['--est', ...reach, ...second, ...present]));
    expect(readFileSync(at('two.pem'), 'latin1')).not.toBe(readFileSync(at('one.pem'), 'latin1'));
    expect(opensslOk(['verify', '-CAfile', root, at('two.pem')])).toContain('OK');
    expect(server.log.map(({ operation, user, client }) => [operation, user, client])).toEqual(
      expect.arrayContaining([
        ['simpleenroll', 'acme', undefined],
        ['simplereenroll', undefined, 'CN=swan'],
      ]),
    );
  });
});
