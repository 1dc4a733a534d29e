import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { msg } from '../support/msg.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { makeAuthority } from '../support/pki.js';
import { hasPseudoTerminal, runInTerminal } from '../support/pseudo-terminal.js';
import { newHome } from '../support/run.js';

const PROGRAM = resolve('bin/msg.js');
const STORE = 'store secret';
const EXPORT = 'export secret';

describeWithOpenssl('the life of an identity, judged by OpenSSL', () => {
  it('goes from the request over the certificate to PKCS#12 without a secret on any line', async () => {
    const home = newHome();
    const env = { MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: `file:${home.put('store', `${STORE}\n`)}` };
    const said: string[] = [];
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await msg(args, { home: home.path, env });
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      said.push(stdout, stderr);
      return stdout;
    };
    const [csr, p12] = [join(home.path, 'acme.csr'), join(home.path, 'acme.p12')];
    await run('identity', 'create', '--label', 'one', '--csr', csr);
    expect(openssl(['req', '-in', csr, '-noout', '-verify']).stderr).toContain('verify OK');

    const authority = await makeAuthority();
    const [request] = readPem(readFileSync(csr, 'latin1'));
    const issued = await authority.issueFor(request?.der ?? Buffer.alloc(0));
    expect(await run('identity', 'import', home.put('acme.crt', certificateToPem(issued)))).toBe(
      'one\n',
    );
    const secret = ['--export-passphrase', `file:${home.put('export', EXPORT)}`];
    await run('identity', 'export', 'one', '--as', 'pkcs12', '--key', ...secret, '-o', p12);
    const pem = opensslOk(['pkcs12', '-in', p12, '-nodes', '-passin', `pass:${EXPORT}`]);
    const key = join(home.path, 'data/default/keys/one/key.pem');
    const open = ['pkey', '-in', key, '-passin', `pass:${STORE}`, '-pubout'];
    expect(opensslOk(['pkey', '-pubout'], pem)).toBe(opensslOk(open));
    expect(said.join('')).not.toMatch(/secret/);
  });

  it('ends with 4 for a wrong passphrase, as JSON where JSON was asked for', async () => {
    const home = newHome({ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:PASS', PASS: STORE });
    await home.ok(['identity', 'create', '--label', 'one']);
    const args = ['--format', 'json', 'identity', 'create', '--label', 'two'];
    const env = { MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:PASS', PASS: EXPORT };
    const { code, stdout, stderr } = await msg(args, { home: home.path, env });
    expect([code, stdout]).toEqual([4, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'passphrase', retryable: false } });
    expect(stderr).not.toContain('secret');
  });
});

describe.skipIf(!hasPseudoTerminal())('a passphrase at the terminal', () => {
  function start(home: string, ...args: string[]) {
    const env = { MSG_HOME: home, MSG_PEER: 'acme' };
    return runInTerminal(`'${process.execPath}' '${PROGRAM}' ${args.join(' ')}`, env);
  }
  const QUESTION = 'a passphrase for the private keys:';

  it('is asked for twice, never shown, and opens the key', async () => {
    const home = newHome();
    const session = start(home.path, 'identity', 'create', '--label', 'one');
    await session.shows(QUESTION);
    session.type('\r');
    await session.shows('it cannot be empty');
    session.type('swordfish\r');
    await session.shows('once more:');
    session.type('swordfish\r');
    await session.shows('label: one');
    expect(await session.exitCode).toBe(0);
    expect(session.screen()).not.toContain('swordfish');
    const second = ['--key-passphrase', 'env:PASS', 'identity', 'create', '--label', 'two'];
    const env = { MSG_PEER: 'acme', PASS: 'swordfish' };
    expect(await home.ok(second, { env })).toContain('label: two');
  });

  it('makes no key when the two entries differ', async () => {
    const home = newHome();
    const session = start(home.path, 'identity', 'create', '--label', 'one');
    await session.shows(QUESTION);
    session.type('swordfish\r');
    await session.shows('once more:');
    session.type('swordfist\r');
    await session.shows('the two entries differ');
    expect(await session.exitCode).toBe(4);
    expect(existsSync(join(home.path, 'data/default/keys/one'))).toBe(false);
  });

  it('is asked for once where the keys have one, and changed with old and new', async () => {
    const home = newHome({ MSG_PEER: 'acme', PASS: 'swordfish', NEW: 'angelfish' });
    await home.ok(['--key-passphrase', 'env:PASS', 'identity', 'create', '--label', 'one']);
    const session = start(home.path, 'identity', 'passphrase');
    await session.shows('the passphrase of the private key:');
    session.type('swordfish\r');
    await session.shows('the new passphrase of the private keys:');
    session.type('angelfish\r');
    await session.shows('once more:');
    session.type('angelfish\r');
    expect(await session.exitCode).toBe(0);
    expect(session.screen()).not.toMatch(/swordfish|angelfish/);
    const second = ['identity', 'create', '--label', 'two'];
    expect((await home.run(['--key-passphrase', 'env:PASS', ...second])).code).toBe(4);
    const again = start(home.path, ...second);
    await again.shows('the passphrase of the private key:');
    again.type('angelfish\r');
    await again.shows('label: two');
    expect(await again.exitCode).toBe(0);
  });

  it('is interrupted by Ctrl-C with nothing made', async () => {
    const home = newHome();
    const session = start(home.path, 'account', 'create');
    await session.shows("a passphrase for the account's key store:");
    session.type('\x03');
    expect(await session.exitCode).toBe(130);
    expect(existsSync(join(home.path, 'data/default/account.json'))).toBe(false);
  });
});
