import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HDNodeWallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPem, writePem } from '../../src/asn1/pem.js';
import { loadAuthority } from '../../src/sandbox/authority-files.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

/** The phrase that anvil derives its accounts from: public, for tests only. */
const PHRASE = 'test test test test test test test test test test test junk';
const [REGISTRAR, CAROL, STRANGER] = [0, 3, 9].map((index) =>
  HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${index}`),
);

describe('a third company joins by the commands that an operator types', () => {
  let sandbox: Sandbox;

  const ok = async (profile: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await sandbox.as(profile, args);
    if (code !== 0) expect.fail(`msg ${args.join(' ')}: exit ${code}: ${stderr}`);
    return stdout;
  };
  const enter = async (name: string, wallet: { privateKey: string } | undefined): Promise<void> => {
    const key = join(sandbox.home, `${name}.key`);
    writeFileSync(key, `${wallet?.privateKey ?? ''}\n`, { mode: 0o600 });
    const alice = JSON.parse(readFileSync(join(sandbox.home, 'config/profiles.json'), 'utf8')) as {
      profiles: Record<string, Record<string, string>>;
    };
    const settings = ['transport', 'chain.url', 'chain.id', 'directory'];
    const shared = [...settings, 'trust.anchors', 'trust.crls'];
    const flags = shared.flatMap((setting) => [
      ...[`--${setting.replace('.', '-')}`, alice.profiles['alice']?.[setting] ?? ''],
    ]);
    const own = ['--peer', name, '--account', `key:file:${key}`, '--key-passphrase', 'none'];
    await ok(name, 'init', ...flags, ...own);
  };
  /** What the certificate authority does with a request. */
  const certify = async (name: string, label: string): Promise<void> => {
    const made = await ok(name, 'identity', 'create', '--label', label, '--json');
    const { request } = JSON.parse(made) as { request: string };
    const [csr] = readPem(readFileSync(request, 'latin1'));
    const directory = join(sandbox.home, 'state/.sandbox/ca');
    const authority = loadAuthority(directory, { clock: Date.now, random: randomBytes });
    const { der } = await authority.issueFor(csr?.der ?? Buffer.of());
    const certificate = join(sandbox.home, `${label}.pem`);
    writeFileSync(certificate, writePem('CERTIFICATE', der));
    await ok(name, 'identity', 'import', certificate);
  };

  beforeAll(async () => {
    sandbox = await raiseSandbox();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  it('is admitted, registers, and gets a message', async () => {
    await enter('registrar', REGISTRAR);
    await enter('carol', CAROL);
    await certify('carol', 'first');
    const address = CAROL?.address ?? '';
    expect(await sandbox.as('carol', ['register'])).toMatchObject({ code: 3, stdout: '' });
    await ok('registrar', 'registry', 'admit', 'carol', '--owner', address);
    await ok('carol', 'register');
    await ok('carol', 'inbox', 'create');
    expect(await ok('alice', 'peer', 'verify', 'carol')).toContain('proof\tpass');
    const id = (await ok('alice', 'send', 'carol', '--json', '{"welcome": "carol"}')).trim();
    const got = await ok('carol', 'listen', '--until-empty', '--json');
    expect(JSON.parse(got)).toMatchObject({ id, from: 'alice', json: { welcome: 'carol' } });
  });

  it('rotates its certificate while a message is under way, and loses nothing', async () => {
    const before = (await ok('alice', 'send', 'carol', '--json', '1')).trim();
    await certify('carol', 'second');
    await ok('carol', 'rotate', '--label', 'second');
    await ok('alice', 'peer', 'list', '--refresh');
    const after = (await ok('alice', 'send', 'carol', '--json', '2')).trim();
    const lines = (await ok('carol', 'listen', '--until-empty', '--json')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([before, after]);
    const answer = (await ok('carol', 'send', 'alice', '--json', '3')).trim();
    expect(await ok('alice', 'listen', '--until-empty', '--json')).toContain(answer);
  });

  it('gets nothing while it is suspended', async () => {
    await ok('registrar', 'registry', 'suspend', 'carol', '--yes');
    const refused = await sandbox.as('alice', ['send', 'carol', '--json', '4']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    await ok('registrar', 'registry', 'lift', 'carol', '--yes');
    await ok('alice', 'send', 'carol', '--json', '5');
  });

  it('gets nothing once its newest certificate is revoked', async () => {
    await ok('carol', 'revoke', '--reason', 'keyCompromise', '--yes');
    const verified = await sandbox.as('alice', ['peer', 'verify', 'carol', '--refresh']);
    expect(verified.code).toBe(3);
    expect(verified.stdout).toContain('version\tfail\tcertificate version 1 was revoked on ');
    const refused = await sandbox.as('alice', ['send', 'carol', '--json', '6']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('msg: hint: ');
  });

  it('cannot be brought in by a stranger', async () => {
    await enter('stranger', STRANGER);
    const args = ['registry', 'admit', 'mallory', '--owner', STRANGER?.address ?? ''];
    const refused = await sandbox.as('stranger', args);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('does not have the role');
  });
});
