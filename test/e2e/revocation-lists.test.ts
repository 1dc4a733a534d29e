import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPem, writePem } from '../../src/asn1/pem.js';
import { loadAuthority } from '../../src/sandbox/authority-files.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { parseCertificate } from '../../src/x509/parse.js';
import { loadedBy } from '../support/loaded.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

describe('revocation lists at distribution points', () => {
  let sandbox: Sandbox;
  let authority: Authority;
  let server: Server;
  let url: string;
  /** What the web server gives; undefined for status 503. */
  let list: Buffer | undefined;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      if (list === undefined) response.writeHead(503).end();
      else response.writeHead(200).end(list);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    url = `http://127.0.0.1:${port}/sandbox.crl`;
    sandbox = await raiseSandbox();
    const directory = join(sandbox.home, 'state/.sandbox/ca');
    authority = loadAuthority(directory, { clock: Date.now, random: randomBytes });
    for (const peer of ['alice', 'bob']) {
      await ok(peer, 'profile', 'unset', 'trust.crls');
      // Alice goes on signing for a while with the certificate that she had before, which names none.
      await ok(peer, 'profile', 'set', 'trust.revocation', 'if-published');
    }
    await renew('alice');
    await renew('bob');
  });
  afterAll(async () => {
    server.close();
    await sandbox.remove();
  });

  const ok = async (profile: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await sandbox.as(profile, args);
    if (code !== 0) expect.fail(`msg ${args.join(' ')}: exit ${code}: ${stderr}`);
    return stdout;
  };

  /** Gives a peer a certificate that says where the list is. */
  const renew = async (name: string): Promise<void> => {
    [list] = await authority.crls();
    const made = await ok(name, 'identity', 'create', '--label', `${name}-2`, '--json');
    const { request } = JSON.parse(made) as { request: string };
    const [csr] = readPem(readFileSync(request, 'latin1'));
    const { der } = await authority.issueFor(csr?.der ?? Buffer.of(), { crlUrls: [url] });
    const certificate = join(sandbox.home, `${name}-2.pem`);
    writeFileSync(certificate, writePem('CERTIFICATE', der));
    await ok(name, 'identity', 'import', certificate);
    await ok(name, 'identity', 'use', `${name}-2`);
    await ok(name, 'register');
  };

  const crls = (): string => join(sandbox.home, 'cache/crls');

  it('are fetched once, kept for all profiles, and not missed while they are current', async () => {
    rmSync(crls(), { recursive: true, force: true });
    requests = 0;
    expect(await ok('alice', 'peer', 'verify', 'bob')).toMatch(/revocation\tpass\tnot revoked by /);
    await ok('alice', 'send', 'bob', '--json', '1');
    list = undefined;
    await ok('alice', 'send', 'bob', '--json', '2');
    const heard = await sandbox.as('bob', ['listen', '--until-empty', '--format', 'json']);
    expect(heard).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/"json":2/) as string,
    });
    expect(requests).toBe(1);
    expect(readdirSync(crls())).toHaveLength(1);
  });

  it('cost a send nothing that it would not load otherwise', async () => {
    const send = ['-p', 'alice', 'send', 'bob', '--json', '1', '--book-max-age', '1h'];
    const { files, builtIns } = await loadedBy(send, sandbox.home);
    expect(files.filter((file) => !file.startsWith('node_modules/'))).toEqual([
      ...['bin/compile-cache.js', 'bin/msg.js', 'dist/main.cjs'],
    ]);
    expect(builtIns).not.toContain('node:http');
  });

  it('make sending wait where none can be had, and nothing is sent or kept', async () => {
    rmSync(crls(), { recursive: true, force: true });
    list = undefined;
    const { code, stdout, stderr } = await sandbox.as('alice', [
      ...['send', 'bob', '--json', '3', '--format', 'json'],
    ]);
    expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        ...{ code: 'revocation-unknown', retryable: true },
        message: expect.stringContaining(`(${url}: HTTP status 503)`) as string,
      },
    });
    expect(await ok('alice', 'outbox', 'list')).toBe('');
    [list] = await authority.crls();
    rmSync(crls(), { recursive: true, force: true });
    await ok('alice', 'send', 'bob', '--json', '3');
  });

  it('stop a revoked peer once they are fetched anew', async () => {
    const pem = readFileSync(join(sandbox.home, 'bob-2.pem'), 'latin1');
    authority.revoke(parseCertificate(readPem(pem)[0]?.der ?? Buffer.of()), 'keyCompromise');
    [list] = await authority.crls();
    const send = ['send', 'bob', '--json', '4', '--trust-crl-max-age', '0s'];
    const { code, stderr } = await sandbox.as('alice', send);
    expect(code).toBe(3);
    expect(stderr).toContain('it was revoked (keyCompromise)');
    const verified = await sandbox.as('alice', ['peer', 'verify', 'bob', '--refresh']);
    expect(verified.stdout).toMatch(/revocation\tfail\t.*revoked/);
  });
});
